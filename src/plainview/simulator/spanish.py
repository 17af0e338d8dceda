# SPDX-License-Identifier: Apache-2.0
"""The demonstration's words in Spanish, as an invented translator put them; what is not here stays in English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

PERSON: Final = {
    "Police shooting at Calder Street and 9th Avenue": "Disparos de la policía en Calder Street y la 9.ª Avenida",
    "Shooting by an officer": "Disparos de un agente",
    "Investigation open, day 53": "Investigación abierta, día 53",
    "Investigation open, day 87": "Investigación abierta, día 87",
    "When": "Cuándo",
    "Saturday, March 14, 2026": "Sábado, 14 de marzo de 2026",
    "Where": "Dónde",
    "Calder Street at 9th Avenue": "Calder Street y la 9.ª Avenida",
    "Harborside, 4th District": "Harborside, distrito 4",
    "Person shot": "Persona herida",
    "Left hospital March 22": "Salió del hospital el 22 de marzo",
    "Officers": "Agentes",
    "Joel Tolland fired": "Joel Tolland disparó",
    "Renée Imbert was present": "Renée Imbert estaba presente",
    "Findings": "Conclusiones",
    "Not yet made": "Aún no hay",
    "Due by September 10, 2026": "A más tardar el 10 de septiembre de 2026",
    "The stop": "La parada",
    "Officer Tolland speaks to the driver of a gray sedan on Calder Street.":
        "El agente Tolland habla con el conductor de un sedán gris en Calder Street.",
    "“You fit a description”": "«Usted coincide con una descripción»",
    "He runs": "Corre",
    "Marcus Vane gets out with his hands up, then runs east. Two officers follow.":
        "Marcus Vane sale con las manos en alto y luego corre hacia el este. Dos agentes lo siguen.",
    "“Drop the gun”, first": "«Suelte el arma», primera vez",
    "Officer Tolland calls out: “Drop the gun!”": "El agente Tolland grita: «¡Suelte el arma!»",
    "“Drop the gun”, second": "«Suelte el arma», segunda vez",
    "After “I don’t have anything!”, Officer Tolland calls out again: “Drop the gun!”":
        "Después de «¡No tengo nada!», el agente Tolland vuelve a gritar: «¡Suelte el arma!»",
    "Five shots": "Cinco disparos",
    "Five shots are heard within two and a half seconds.": "Se oyen cinco disparos en dos segundos y medio.",
    "He falls": "Cae",
    "Marcus Vane falls beside the fence of the north lot.": "Marcus Vane cae junto a la cerca del solar norte.",
    "“Why did you shoot me?”": "«¿Por qué me disparó?»",
    "Lying on the ground, Marcus Vane asks: “Why did you shoot me?”":
        "Tendido en el suelo, Marcus Vane pregunta: «¿Por qué me disparó?»",
    "“You had a gun”": "«Usted tenía un arma»",
    "Officer Tolland answers: “You had a gun.” Marcus Vane says: “I was throwing it away.”":
        "El agente Tolland responde: «Usted tenía un arma». Marcus Vane dice: «La estaba tirando».",
    "First aid begins": "Empiezan los primeros auxilios",
    "Officer Imbert kneels beside him and begins first aid.":
        "La agente Imbert se arrodilla a su lado y empieza los primeros auxilios.",
    "A firearm by the fence": "Un arma de fuego junto a la cerca",
    "A pistol lies on the ground at the fence, about ten feet from him.":
        "Una pistola está en el suelo junto a la cerca, a unos diez pies de él.",
    "“I heard five shots”": "«Oí cinco disparos»",
    "A caller to 911 says: “I heard five shots. Five. One after the other.”":
        "Una persona que llama al 911 dice: «Oí cinco disparos. Cinco. Uno tras otro».",
    "Drop the gun!": "¡Suelte el arma!",
    "I don't have anything!": "¡No tengo nada!",
    "Why did you shoot me?": "¿Por qué me disparó?",
    "You had a gun.": "Usted tenía un arma.",
    "I was throwing it away.": "La estaba tirando.",
    "Where's the weapon?": "¿Dónde está el arma?",
    "By the fence. About ten feet from him.": "Junto a la cerca. A unos diez pies de él.",
    "He had his hands up. He was running away, he never pointed anything at anyone, and he was shot at five times.":
        "Tenía las manos en alto. Huía, nunca apuntó con nada a nadie y le dispararon cinco veces.",
    "A weapon was recovered at the scene. Every recording will be released within sixty days.":
        "Se recuperó un arma en el lugar. Todas las grabaciones se publicarán en un plazo de sesenta días.",
}  # fmt: skip
MACHINE: Final = {
    "He's running! Stop! Police!": "¡Está corriendo! ¡Alto! ¡Policía!",
    "Don't move. I'm going to help you. Keep looking at me.": "No se mueva. Voy a ayudarle. Siga mirándome.",
    "Okay. Nobody touch it.": "De acuerdo. Que nadie la toque.",
}


def translations(summary: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """A ``translation`` decision for each, the summary's among them; those of a machine say so on the page."""
    for by, words in (("person", PERSON | dict([summary])), ("machine", MACHINE)):
        for of, text in words.items():
            yield {"decide": "translation", "language": "es", "of": of, "text": text, "by": by}
