# SPDX-License-Identifier: Apache-2.0
"""What happens in the invented incident: who says what, when, where, and what is heard.

Times are seconds on the common clock, which starts at 2026-03-15T02:40:00Z (21:40:00 local,
UTC-5). Places are metres on a plan: x east along Calder Street from the stopped car, y north.
Everybody and everything here is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

EPOCH: Final = datetime(2026, 3, 15, 2, 40, 0, tzinfo=UTC)
LOCAL_OFFSET_HOURS: Final = -5

CASE: Final = "2026-0000417"
CITY: Final = "Port Alder"
OFFICE: Final = "Port Alder Office of Police Review"

WITNESS_NAME: Final = "Dana Whitlock"
WITNESS_DOB_SPOKEN: Final = "June fourth, nineteen eighty seven"
WITNESS_DOB: Final = "06/04/1987"
WITNESS_PHONE_SPOKEN: Final = "five five five, zero one four two"
WITNESS_PHONE: Final = "555-0142"
PLATE: Final = "7KLM419"

Channel = Literal["street", "radio", "call-1", "call-2", "fair"]


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance: who says it, on which channel, when (common clock), how loudly (dB)."""

    id: str
    at: float
    who: str
    channel: Channel
    text: str
    speed: float = 1.0
    gain_db: float = 0.0


CAST: Final[dict[str, tuple[str, str]]] = {
    # who: (name shown in truth, synthetic voice)
    "tolland": ("Officer Joel Tolland", "am_michael"),
    "imbert": ("Officer Renée Imbert", "af_sarah"),
    "okafor": ("Officer Daniel Okafor", "am_fenrir"),
    "vane": ("Marcus Vane", "am_puck"),
    "filmer": ("Bystander with phone", "am_liam"),
    "mother": ("Woman at the door", "af_kore"),
    "dispatcher": ("Dispatcher", "af_nova"),
    "call-taker-1": ("Call taker 1", "af_heart"),
    "call-taker-2": ("Call taker 2", "am_onyx"),
    "caller-1": ("Caller 1", "af_bella"),
    "caller-2": ("Caller 2", "bm_george"),
    "announcer": ("Fair announcer", "am_echo"),
    "fair-woman": ("Woman at the fair", "bf_emma"),
}

LINES: Final[tuple[Line, ...]] = (
    # on the street
    Line("s01", 24.3, "tolland", "street", "Good evening. Port Alder Police. Turn off the engine."),
    Line("s02", 28.6, "vane", "street", "What did I do? I live right there."),
    Line("s03", 31.6, "tolland", "street", "You fit a description. Let me see your hands."),
    Line("s04", 35.2, "vane", "street", "They're up. They're up.", 1.1, 2),
    Line("s05", 37.6, "imbert", "street", "Step out of the car. Slowly.", 1.0, 2),
    Line("s06", 40.6, "vane", "street", "Okay, okay. I'm getting out."),
    Line("s07", 44.6, "tolland", "street", "Hey! Stop! Don't run!", 1.15, 8),
    Line("s08", 46.9, "imbert", "street", "He's running! Stop! Police!", 1.15, 8),
    Line("s09", 54.2, "tolland", "street", "Drop the gun!", 1.0, 10),
    Line("s10", 56.3, "vane", "street", "I don't have anything!", 1.1, 8),
    Line("s11", 58.7, "tolland", "street", "Drop the gun!", 0.95, 10),
    Line("s12", 69.8, "vane", "street", "Why did you shoot me?", 0.95, 6),
    Line("s13", 72.0, "tolland", "street", "You had a gun.", 0.95, 5),
    Line("s14", 74.0, "vane", "street", "I was throwing it away.", 0.95, 4),
    Line("s15", 77.0, "imbert", "street", "Don't move. I'm going to help you. Keep looking at me."),
    Line("s16", 83.2, "okafor", "street", "Where's the weapon?", 1.0, 5),
    Line("s17", 85.0, "imbert", "street", "By the fence. About ten feet from him.", 1.0, 3),
    Line("s18", 88.0, "tolland", "street", "Okay. Nobody touch it.", 1.0, 4),
    Line("s19", 91.0, "imbert", "street", "Put pressure here. Press hard.", 1.0, 3),
    # bystanders
    Line("b01", 33.6, "filmer", "street", "They just pulled this guy over. For nothing."),
    Line("b02", 48.8, "filmer", "street", "Oh, he's running. He's running.", 1.1, 4),
    Line("b03", 65.0, "filmer", "street", "Oh my God. They shot him. They shot him!", 1.1, 8),
    Line("b04", 79.6, "filmer", "street", "I got it. I got all of that on video.", 1.0, 2),
    Line("b05", 66.4, "mother", "street", "Get inside! Get inside now, baby!", 1.1, 7),
    # dispatch radio
    Line("r01", 0.5, "tolland", "radio",
         "Three eleven, show me on a stop, Calder and Ninth. Gray sedan, seven K L M four one nine.",
         1.1),
    Line("r02", 8.2, "dispatcher", "radio", "Three eleven, copy. Calder and Ninth, twenty one forty."),
    Line("r03", 15.2, "okafor", "radio", "Three fourteen, I'll head that way."),
    Line("r04", 33.2, "dispatcher", "radio",
         f"Three eleven, your complainant is {WITNESS_NAME}. Date of birth, {WITNESS_DOB_SPOKEN}. "
         f"Call back number, {WITNESS_PHONE_SPOKEN}."),
    Line("r05", 49.6, "tolland", "radio", "Foot pursuit! Eastbound on Calder!", 1.15, 3),
    Line("r06", 52.4, "dispatcher", "radio", "All units, foot pursuit, eastbound on Calder from Ninth."),
    Line("r07", 66.2, "tolland", "radio", "Shots fired, shots fired! Roll an ambulance.", 1.15, 4),
    Line("r08", 70.6, "dispatcher", "radio", "Copy, shots fired. Ambulance is on the way."),
    Line("r09", 80.4, "okafor", "radio", "Three fourteen, on scene."),
    Line("r10", 95.0, "imbert", "radio", "Dispatch, one male down, two wounds. He is breathing."),
    Line("r11", 100.0, "dispatcher", "radio", "Copy. Medic nine is three minutes out."),
    # first 911 call
    Line("c01", 12.6, "call-taker-1", "call-1", "Nine one one, what is the address of your emergency?"),
    Line("c02", 16.4, "caller-1", "call-1",
         "Calder Street, by the fence at Ninth. The police have a man in a gray car."),
    Line("c03", 22.0, "call-taker-1", "call-1", "Okay. Are you in a safe place?"),
    Line("c04", 25.0, "caller-1", "call-1", "I'm at my window, upstairs."),
    Line("c05", 28.0, "call-taker-1", "call-1", "Stay inside, please. Tell me what you see."),
    Line("c06", 36.6, "caller-1", "call-1", "His hands are up. Now he's getting out."),
    Line("c07", 46.4, "caller-1", "call-1", "He's running! They're chasing him!", 1.15, 4),
    Line("c08", 65.4, "caller-1", "call-1", "Oh my God, they're shooting! They shot him four or five times!",
         1.15, 5),
    Line("c09", 71.4, "call-taker-1", "call-1", "Stay away from the window. Help is coming."),
    Line("c10", 76.4, "caller-1", "call-1", "He's lying there by the fence. Please hurry.", 1.05, 3),
    Line("c11", 82.0, "call-taker-1", "call-1", "They are almost there. Stay on the line with me."),
    # second 911 call
    Line("d01", 51.0, "call-taker-2", "call-2", "Nine one one, what is your emergency?"),
    Line("d02", 53.6, "caller-2", "call-2", "There's police running past my store, they're yelling."),
    Line("d03", 65.0, "caller-2", "call-2", "Somebody just got shot! Right by my store!", 1.1, 5),
    Line("d04", 68.8, "call-taker-2", "call-2", "What is the address?"),
    Line("d05", 70.8, "caller-2", "call-2", "Calder Market. On Calder Street."),
    Line("d06", 74.6, "call-taker-2", "call-2", "Is the person awake?"),
    Line("d07", 77.0, "caller-2", "call-2", "I can see him moving. The police are with him."),
    Line("d08", 82.0, "call-taker-2", "call-2", "Okay. Lock your door and stay inside."),
    Line("d09", 86.0, "caller-2", "call-2", "I heard five shots. Five. One after the other."),
    Line("d10", 92.0, "call-taker-2", "call-2", "Thank you. An officer will come and talk to you."),
    # a recording of something else entirely, on another evening
    Line("f01", 2.0, "announcer", "fair", "Welcome to the Harbor Street summer fair, everybody!"),
    Line("f02", 7.0, "announcer", "fair", "The pie contest starts in ten minutes, at the north tent."),
    Line("f03", 13.0, "fair-woman", "fair", "Look at the lanterns. Aren't they lovely?"),
    Line("f04", 18.0, "fair-woman", "fair", "Let's get some lemonade before the music starts."),
    Line("f05", 25.0, "announcer", "fair", "Please keep the footpath clear for the parade."),
    Line("f06", 33.0, "fair-woman", "fair", "I think the band is coming now."),
)

SHOTS: Final[tuple[float, ...]] = (61.000, 61.437, 61.812, 62.905, 63.318)
"""Times of the five shots at the muzzle. Fired by one officer."""

SIREN: Final[tuple[float, float]] = (48.0, 79.0)
"""The third officer's siren: on while driving, off on arrival."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where a person is at a time: metres on the plan, facing in radians (0 = east)."""

    at: float
    x: float
    y: float
    facing: float = 0.0
    pose: str = "stand"
