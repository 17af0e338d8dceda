# SPDX-License-Identifier: Apache-2.0
"""The words by which identifying words are known: cues, shapes, first names, and what is nobody's name.

Rules are data: an agency with other forms or another language passes its own ``Rules`` to ``identifiers.propose``.
First names are the most common ones of the United States census that are no everyday words, and common ones of the
larger immigrant communities; written down by us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """One language's and region's cue words. Phrases are lower case, words parted by one blank."""

    name_cues: frozenset[str]
    sure_cues: frozenset[str]
    """Cues after which even a word in small letters is a name; after the others it must be capitalised."""
    titles: frozenset[str]
    kin: frozenset[str]
    birth_cues: frozenset[str]
    telephone_cues: frozenset[str]
    plate_cues: frozenset[str]
    social_cues: frozenset[str]
    address_cues: frozenset[str]
    street_words: frozenset[str]
    unit_words: frozenset[str]
    directions: frozenset[str]
    months: frozenset[str]
    digits: frozenset[str]
    numbers: frozenset[str]
    ordinals: frozenset[str]
    letters: frozenset[str]
    fillers: frozenset[str]
    not_names: frozenset[str]
    given_names: frozenset[str]
    """First names that are not also everyday words: each may be somebody wherever it stands."""
    adverbs: frozenset[str]
    """What may stand between somebody and what they did."""
    stating: frozenset[str]
    """What people in reports do: the capitalised word before one of these is somebody."""
    things: frozenset[str]
    """Capitalised words of forms, places, offices and papers that are nobody's name."""
    abbreviations: frozenset[str]
    """Letters with points that are nobody's initials."""
    counting: frozenset[str]
    """What stands between a number's label and the number."""
    latest_birth: int
    """Whole dates up to this year are proposed as birth dates wherever they stand."""
    licence_cues: frozenset[str]
    record_cues: frozenset[str]
    room_words: frozenset[str]


def words_of(words: str) -> frozenset[str]:
    """A set of words given in one string."""
    return frozenset(words.split())


_INITIALS = re.compile(r"[a-z](?:[./][a-z]){1,4}\.?")


def joined(word: str) -> str:
    """``s.s.n`` and ``a/k/a`` without the signs between their letters; any other word as it is."""
    return re.sub(r"[./]", "", word) if _INITIALS.fullmatch(word) else word


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(joined(word) for word in part.split()) for part in text.split(","))


DEFAULT = Rules(
    name_cues=_phrases(
        "name is, names, name of, name, last name, last name is, first name, first name is, middle name, full name, "
        "last of, first of, goes by, called, complainant is, complainant, complainant name, caller is, victim is, "
        "suspect is, subject is, subject name, subject, witness is, witness, witness name, driver is, owner is, "
        "registered to, comes back to, returns to, passenger is, reporting party is, reporting party, contact, "
        "speaking with, spoke with, this is, i am, i'm, signed, signature, next of kin, patient is, aka, alias, "
        "aliases, also known as, name's, first name's, last name's, go by, goes by, looking for, looking for a, "
        "comes back as, comes back as a, talked to, talking to, met with, interview of, statement of, statement "
        "from, according to, identified as, identified himself as, identified herself as, signed by, prepared by, "
        "approved by, reviewed by, submitted by, written by, owner, registered owner, patient, parent, guardian, "
        "parent/guardian, affiant, attorney, interpreter, physician, attending physician, nurse, attending, victim, "
        "victim name, victim's name, suspect, suspect name, offender, offender name, arrestee, passenger, driver, "
        "caller, officer name, reporting officer, arresting officer, involved officer, assisting officer, emergency "
        "contact, employee, c/o, co-defendant, defendant, plaintiff, next of kin name, mother's name, father's name, "
        "subject's name, maiden name, nickname, street name, middle initial, r/o, notary, landlord, tenant, "
        "neighbor, supervisor, juvenile, minor, the juvenile is, ex, his ex, her ex, witness one is, witness two is, "
        "witness one, witness two"
    ),
    sure_cues=_phrases(
        "names, name of, name, last name, first name, middle name, full name, last of, first of, goes by, "
        "complainant is, complainant name, caller is, victim is, suspect is, subject is, subject name, witness is, "
        "witness name, driver is, owner is, registered to, passenger is, signed, signature, next of kin, patient is, "
        "aka, alias, name's, first name's, last name's, identified himself as, identified herself as, reporting "
        "party is, comes back to, returns to, speaking with, spoke with, reporting party"
    ),
    titles=words_of(
        "mr mrs ms miss mister missus dr doctor officer sergeant sgt detective det lieutenant lt captain capt deputy "
        "trooper agent investigator nurse paramedic medic chief commander p.o po ofc judge reverend rev pastor "
        "attorney sarge superintendent technician tech administrator emt coroner supt cpl corporal inspector"
    ),
    kin=_phrases(
        "my son, my daughter, my wife, my husband, my brother, my sister, my mother, my father, my friend, my "
        "neighbor, my neighbour, my kid, my mom, my dad, my cousin, my uncle, my aunt, my girlfriend, my boyfriend, "
        "my roommate, my ex, kid's name, kid's name is, her ex, his ex, her cousin, his cousin, victim's brother, "
        "victim's sister, victim's mother, victim's father, victim's wife, victim's husband, her son, his son, her "
        "daughter, his daughter, his wife, her husband, his brother, her brother, his sister, her sister, his "
        "mother, her mother, his girlfriend, her boyfriend"
    ),
    birth_cues=_phrases(
        "date of birth, birth date, birthdate, dob, d.o.b, d o b, born on, born, birthday, birthday is, date of "
        "birth and age, born in, b-day, bday, birth, turned eighteen on, turned twenty-one on, turned eighteen, "
        "turned"
    ),
    telephone_cues=_phrases(
        "phone number, telephone number, phone, telephone, cell, cell number, call back number, callback number, "
        "call back, callback, contact no, contact number, number's, text me, text me at, caller's number, my "
        "number's, call me at, reach me at, number is, tel, mobile, fax, call her at, call him at"
    ),
    plate_cues=_phrases(
        "plate, plates, license plate, licence plate, plate number, tag, tags, veh lic, lic, lic/, lic plate, lic no "
        "plate, plate no, reg no, registration, reg, license number"
    ),
    social_cues=_phrases(
        "social security number, social security, social, ssn, s s n, soc, last four, last four of the social, last "
        "four of social"
    ),
    address_cues=_phrases(
        "lives at, live at, stay at, stays at, send it to, location of arrest, mailing address, lives on, address "
        "is, address, residence, staying at, resides at, home address, i'm at"
    ),
    street_words=words_of(
        "street st avenue ave av road rd boulevard blvd drive dr lane ln court ct place pl parkway pkwy terrace ter "
        "way circle cir square sq highway hwy alley plaza trail row"
    ),
    unit_words=words_of("apartment apt unit suite ste floor room number no"),
    directions=words_of("north south east west n s e w northeast northwest southeast southwest ne nw se sw"),
    months=words_of(
        "january february march april may june july august september october november december jan feb mar apr jun "
        "jul aug sep sept oct nov dec"
    ),
    digits=words_of("zero oh o one two three four five six seven eight nine niner"),
    numbers=words_of(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty "
        "sixty seventy eighty ninety hundred thousand double triple"
    ),
    ordinals=words_of(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth twenty-first twenty-second "
        "twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirty-first"
    ),
    letters=words_of(
        "adam boy charles charlie david edward frank george henry ida john king lincoln mary nora ocean paul queen "
        "robert sam tom union victor william x-ray xray young zebra alpha alfa bravo delta echo foxtrot golf hotel "
        "india juliet juliett kilo lima mike november oscar papa quebec romeo sierra tango uniform whiskey yankee "
        "zulu"
    ),
    fillers=words_of(
        "is was of on the a an it it's its as in at to for and number uh um so that that's his her my your be"
    ),
    not_names=words_of(
        "is was are were has have had to the a an and but or so not no yes yeah yep okay ok right good fine sure sir "
        "ma'am maam going gone there here at in on with of off for from who what where when why how one two getting "
        "she he they me my your his her their our us you i we it its it's that that's this these those i'm he's "
        "she's they're we're you're i've i'll don't can't won't didn't doing did do does get got go come back date "
        "birth dob phone number last first name plate address unknown be been being just now then up down out over "
        "about male female black white hispanic asian man woman driver passenger caller please copy stop police "
        "still also if as by any all will would can could should said says say near involved body firearm vehicle "
        "address help shots shot fire fired gun knife door window house home car street ground hands hand leg arm "
        "head back chest face eyes side left right front rear inside outside upstairs downstairs away stay wait hold "
        "step put take give tell let look see hear watch move run walk sit stand turn open close keep drop show "
        "listen talk speak call ask answer need want know think feel hope guess mean try use work live people person "
        "somebody someone anybody anyone nobody everybody everyone everything something nothing thing things guy "
        "guys kid kids boy girl baby lady buddy brother sister mother father mom dad son daughter wife husband "
        "friend neighbor neighbour family time day night morning evening afternoon today tonight tomorrow yesterday "
        "minute minutes second seconds hour hours week month year years again always never maybe really very too "
        "much many more most less some any every each other another same different new old young big small little "
        "long short high low early late hard easy bad better best nice great wrong true real sorry thanks thank "
        "hello hi hey god christ lord damn hell ten-four roger affirmative negative central dispatch radio unit "
        "units medic medics ambulance hospital backup suspect victim witness weapon scene blood pulse breathing "
        "because before after while until since though although however therefore then than both either neither only "
        "even ever once twice well um uh oh huh hmm wow which whose whom into onto under between through against "
        "without within around across along behind beside below above off during"
    ),
    given_names=words_of(
        "aaron abigail adrian aisha alan albert alejandro alexander alexis alfred alice alicia alisha allison amanda "
        "amber amy ana andre andrea andrew angela anita ann anna anne annie anthony antoine antonio arthur ashley "
        "barbara beatrice becky benjamin bernard bernice beth betty beverly bonnie brandon brenda brian brianna "
        "brittany bruce bryan caleb cameron carl carla carlos carmen carol caroline carolyn catherine cecilia cedric "
        "charlene charlotte chelsea cheryl chris christian christina christine christopher cindy clara clarence "
        "claudia colleen connie corey craig crystal curtis cynthia daisy dana daniel danielle darnell darrell darren "
        "david deborah debra deandre denise dennis derek devin devon diana diane dolores dominic donald donna doris "
        "dorothy douglas duane dwayne earl eddie edgar eduardo edward edwin eileen elaine eleanor elena elijah "
        "elizabeth ellen emily emma eric erica erik erin ernest esther ethan eugene eva evelyn felicia felix "
        "fernando florence frances francisco fred frederick gabriel gabriela gail gary geoffrey george gerald "
        "geraldine gina gladys glenn gloria gordon greg gregory hannah harold harry harvey heather hector helen "
        "henry herbert howard ian ibrahim imani irene isaac isabella ismael ivan jacob jacqueline jamal james jamie "
        "jane janet janice jared jasmine jason javier jay jayden jaylen jean jeff jeffrey jenna jennifer jeremiah "
        "jeremy jermaine jerome jerry jesse jessica jesus jill jim jimmy joan joann joanna joanne joel john johnny "
        "jonathan jordan jorge jose joseph josephine joshua joyce juan juanita judith judy julia julian julie justin "
        "kara karen karl katherine kathleen kathryn kathy katie kayla keisha keith kelly kenneth kenya keyshawn "
        "kevin kiara kimberly kristen kristin kyle lakisha lamar larry latasha latoya laura lauren laurie lawrence "
        "leah leon leonard leroy leslie lewis liam lillian linda lisa lois lorenzo loretta lori lorraine louis "
        "louise luca lucas lucia lucille lucy luis luke lydia lynn mabel malik manuel marcia marco marcus margaret "
        "maria marie marilyn mario marion marisol marjorie marlene marsha martha martin marvin mary mason matthew "
        "maureen maurice megan melanie melissa melvin mia michael michele michelle miguel mildred mitchell mohamed "
        "mohammed monica morgan nadia nancy naomi natalie natasha nathan nathaniel nicholas nicole nina noah nora "
        "norma norman olivia omar oscar pamela patricia patrick paula pauline pedro peggy peter philip phillip "
        "phyllis priscilla priya rachel rafael ralph ramon randall randy raquel raul raymond rebecca regina renee "
        "ricardo richard ricky rita robert roberta roberto rodney roger roland ronald ronnie rosa rosalind rosemary "
        "roy ruben ruby russell ruth ryan sabrina sally salvador samantha samuel sandra sara sarah scott sean sergio "
        "shane shanice shannon sharon shaun shawn sheila shelby shirley simone sofia sonia sophia stacy stanley "
        "stella stephanie stephen steven stuart susan suzanne sylvia tamara tamika tammy tanya tara tasha teresa "
        "terrance terrell terrence terry theodore theresa thomas tiffany timothy tina tonya tracy travis tremaine "
        "trevor tyler tyrone valerie vanessa vernon veronica vicki victoria vincent viola virginia vivian walter "
        "wanda warren wayne wendy wesley willie xavier yolanda yvette yvonne zachary alma armando arturo bertha "
        "blanca cesar consuelo enrique ernesto esperanza gilberto guadalupe guillermo gustavo ignacio joaquin "
        "josefina julio leticia lourdes luz marisela mateo mercedes nguyen pablo ramona rodrigo rogelio santiago "
        "ximena ahmed ali fatima hassan hussein khadija omar yusuf anton dmitri ingrid kwame olga sven tadeusz yuki "
        "chen wei nadia amara chidi ngozi oluwaseun rashid tariq"
    ),
    adverbs=words_of("further also then later again immediately subsequently initially both never still only first"),
    stating=words_of(
        "stated states said says related relates reported advised told claimed denied admitted explained described "
        "identified recalled added observed heard saw witnessed responded arrived ran fled drove walked refused "
        "signed testified believed wrote called repeated confirmed was is had has did took gave went came made saw "
        "showed pointed discharged fired shot entered left stood exited approached followed chased grabbed pulled "
        "pushed struck yelled shouted spoke asked answered replied agreed declined appeared lives lived works worked "
        "resides resided wasn't isn't didn't doesn't hadn't canvassed notified requested activated kept put held got "
        "started began continued attempted tried assisted collected"
    ),
    things=words_of(
        "office officer officers police department county city state city's county's district precinct court judge "
        "hospital medical examiner center centre university school church bank bureau agency commission board "
        "council committee unit team division section area beat zone sector station house building apartment street "
        "avenue road boulevard drive lane place plaza park route interstate highway expressway bridge river lake "
        "port alley north south east west northbound southbound eastbound westbound american hispanic asian african "
        "black white indian mexican chinese english spanish polish arabic mandarin report reports reporting case "
        "exhibit page form order general special policy procedure act code law section statement interview incident "
        "date time location description details narrative summary total number numbers distance scene weapon gun "
        "handgun firearm rifle pistol knife taser vehicle car truck van sedan suv camera video audio radio body worn "
        "evidence property inventory photograph photographs photo photos lab laboratory tactical response force use "
        "level subject suspect victim witness complainant offender arrestee member reason stop traffic violation "
        "action verbal commands lighting artificial weather clear supervisor sergeant lieutenant captain commander "
        "chief superintendent detective investigator attorney assistant director deputy mayor governor president "
        "honorable first second third name names last middle dob age sex race height weight hair eyes phone home "
        "work cell fax email address residence employer occupation signature approved prepared reviewed by plate "
        "license licence lic tag serial model make year color colour owner driver passenger status yes no none "
        "unknown n/a na m/b m/w m/h f/b f/w f/h wf bf wm bm mr mrs ms miss dr sir ma'am smith wesson glock ruger sig "
        "sauer taurus colt remington beretta springfield armory ford chevrolet chevy toyota honda nissan hyundai kia "
        "jeep dodge bmw mercedes benz buick cadillac chrysler gmc lexus mazda subaru tesla volkswagen volvo altima "
        "camry civic corolla accord malibu impala explorer i i'm i've i'll i'd okay ok yeah yes copy dispatch sarge "
        "ma mom dad lord god jesus christ monday tuesday wednesday thursday friday saturday sunday spring summer "
        "fall winter am pm internal affairs homicide patrol gunshot wound autopsy cause manner death toxicology "
        "emergency ems fire ambulance medic paramedic command post headquarters republic united states america "
        "federal bureau cpr dna gps id adr cad bwc vin ssn mri usa fbi atf"
    ),
    abbreviations=words_of("us usa am pm po dob ssn aka ss ne nw se sw ie eg dc la il mo ro vs mv hq dl id oln"),
    counting=words_of("no nos num nbr number numbers ending ends"),
    latest_birth=2012,
    licence_cues=_phrases(
        "driver's license number, driver's license, drivers license number, drivers license, driver license, dl, "
        "dln, license, his license, her license, dl number, o.l.n, oln, license no, licence no, lic no, state id, id "
        "number"
    ),
    record_cues=_phrases(
        "vin, ir, fbi, sid, cb, booking, inmate, jail, ir no, fbi no, employee no, star, star no, mrn, medical "
        "record, medical record number, patient number, account number, passport"
    ),
    room_words=words_of("room rm apartment apt unit suite"),
)
"""American English, police radio and paper forms."""
