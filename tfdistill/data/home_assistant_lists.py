"""Rooms and devices for the voice-assistant templates, written for the demo.

The templates leave them to the user's own home; these lists stand for many homes. So
that a sentence has one reading, no device is named after a room or a floor ("the
kitchen kettle" is an area and a name), and no light ends in "light" or "lamp", words
that the templates bring themselves.
"""


def entries(text: str) -> tuple[str, ...]:
    """Entries between semicolons, whatever the line breaks."""
    return tuple(" ".join(entry.split()) for entry in text.split(";"))


PLACES = {
    "area": entries("""
        kitchen; kitchenette; living room; family room; sitting room; drawing room;
        great room; bedroom; master bedroom; guest bedroom; kids bedroom; spare room;
        nursery; playroom; bathroom; master bathroom; guest bathroom; shower room;
        powder room; restroom; hallway; entryway; foyer; lobby; corridor; staircase;
        landing; stairwell; dining room; breakfast nook; reading nook; office; home
        office; study; library; den; lounge; laundry room; utility room; pantry;
        larder; mudroom; garage; carport; workshop; tool shed; shed; barn; stable;
        greenhouse; conservatory; sunroom; porch; veranda; patio; deck; terrace;
        balcony; garden; vegetable garden; backyard; front yard; driveway; courtyard;
        pool house; poolside; hot tub; sauna; gym; game room; media room; home
        theater; music room; art studio; studio; craft room; sewing room; bar; wine
        cellar; closet; dressing room; cloakroom; en suite; storage room; boiler room;
        server room; conference room; gazebo; summer house; guest house; dorm room;
        Emma's room; Oliver's room; Grandma's room
    """),
    "floor": entries("""
        upstairs; downstairs; basement; attic; loft; mezzanine; penthouse; upper
        level; lower level; ground level; main level; top level; entry level; garden
        level; street level; lower storey; upper storey; top storey; cellar; rooftop
    """),
    "numbered floor": entries("""
        first; second; third; fourth; fifth; sixth; ground; top; main; upper; lower;
        bottom; middle; 1st; 2nd; 3rd; 4th; entrance; mezzanine; basement; attic
    """),
    "whereabouts": entries("home; away; outside; nearby; downtown; abroad; indoors"),
    "institution": entries("""
        home; work; school; college; university; kindergarten; daycare; church;
        practice; camp; training
    """),
    "place": entries("""
        gym; office; supermarket; park; beach; train station; airport; library; mall;
        swimming pool; football field; hospital; hotel; playground; cafe; cabin; farm;
        lake house; bus stop; climbing hall; dentist; marina; cinema; bakery; zoo;
        tennis club; yoga studio; barber shop; car wash; dog park; community center
    """),
    "city": entries("""
        Paris; London; Berlin; New York; Tokyo; Sydney; Toronto; Madrid; Rome; Vienna;
        Amsterdam; Oslo; Copenhagen; Chicago; Boston; Denver; Seattle; Dublin; Lisbon;
        Athens; Zurich; Melbourne; Cape Town; Mumbai; Singapore; San Francisco;
        Edinburgh; Reykjavik; Vancouver; Helsinki; Austin; Nairobi
    """),
    "region": entries("""
        coast; mountains; city; valley; countryside; islands; farm; cabin; ski resort;
        lake; bay area; highlands; suburbs; village; desert; harbor
    """),
}

DEVICES = {
    "light": entries("""
        chandelier; sconces; wall sconces; spotlights; downlights; floodlights;
        floodlight; spotlight; nightlight; LED strip; light strip; LED bar; light bar;
        pendant; pendants; lantern; lanterns; uplighter; torchiere; fairy string; neon
        sign; star projector; disco ball; candles; Nanoleaf; Hue Go; Hue Play; Lifx;
        Lightify; backlight; bias strip; string of bulbs; bulb; Edison bulbs; track
        spots; moon globe; lightbox; rope of LEDs; footlights; glow panels; hex
        panels; Govee; paper lanterns; filament bulb; tripod
    """),
    "kind of light": entries("""
        reading; bedside; desk; standing; table; ceiling; vanity; mirror; headboard;
        nightstand; corner; bookshelf; cabinet; under cabinet; counter; sink; stove;
        picture; piano; aquarium; fish tank; christmas tree; plant; grow; salt rock;
        lava; wardrobe; crib; sofa; fireplace; stair; walkway; flood; security;
        motion; emergency; sunrise; work; dresser; accent; strip; island; artwork;
        window sill; moon; mood; party; path
    """),
    "switch": entries("""
        coffee maker; espresso machine; kettle; toaster; waffle iron; microwave; oven;
        slow cooker; rice cooker; bread maker; blender; dishwasher; washing machine;
        dryer; tumble dryer; iron; fridge; freezer; wine cooler; water heater;
        humidifier; dehumidifier; electric blanket; heated mattress; pool pump; sump
        pump; fountain; sprinklers; pond filter; fish feeder; router; modem; printer;
        3D printer; computer; monitor; server rack; charger; bike charger; car
        charger; phone charger; power strip; smart plug; outlet; extension cord; hair
        dryer; curling iron; diffuser; treadmill; massage chair; alarm; siren;
        security camera; baby monitor; doorbell chime; inflatable snowman; bug zapper
    """),
    "fan": entries("""
        ceiling fan; tower fan; box fan; desk fan; pedestal fan; exhaust fan; wall
        fan; window fan; standing fan; whole house fan; bladeless fan; extractor;
        ventilator; Dyson; Vornado; air purifier; air circulator; range hood; cooker
        hood; blower; Honeywell; Lasko; turbo fan; vent
    """),
    "media_player": entries("""
        TV; television; smart TV; big screen; Denon; soundbar; speaker; speakers;
        stereo; record player; turntable; Apple TV; Chromecast; Fire Stick; Roku;
        projector; PlayStation; Xbox; Nintendo; HomePod; Echo Dot; Nest Hub; radio;
        receiver; subwoofer; boombox; jukebox; Nvidia Shield; Plex; Bose; Samsung;
        Marshall; alarm clock; tablet; Blu-ray player; surround system; cassette deck;
        amplifier
    """),
    "input_boolean": entries("""
        vacation mode; guest mode; party mode; sleep mode; quiet hours; holiday mode;
        away mode; night mode; eco mode; dog mode; do not disturb; motion alerts;
        cleaning day; work from home; babysitter mode; summer mode; winter mode; rain
        delay; laundry reminder; presence simulation; sick day; privacy mode
    """),
    "climate": entries("""
        thermostat; heat pump; air conditioner; AC; radiator; heater; space heater;
        Nest; Ecobee; floor heating; underfloor heating; mini split; furnace; swamp
        cooler; infrared heater; towel warmer; Tado; Daikin; Mitsubishi; HVAC;
        portable AC; pellet stove; central heating; wall heater; aircon
    """),
    "cover": entries("""
        roller blind; venetian blinds; blackout curtains; sheer curtains; drapes;
        skylight; roof window; projector screen; canopy; sliding door; french doors;
        bay window; pergola roof; Velux; roman shade; honeycomb shades; bifold doors;
        left curtain; right curtain; side gate; big shutters; sun sail; roll-up door;
        trap door; east blinds; west blinds; louvers; rolling shutter; vertical blinds
    """),
    "valve": entries("""
        water main; sprinkler valve; gas valve; irrigation valve; hose valve; drip
        line; main shutoff; radiator valve; water valve; mixing valve; bypass valve;
        faucet; boiler valve; rain barrel valve; misting system; propane valve;
        spigot; tap
    """),
    "lock": entries("""
        front door; back door; side door; main door; deadbolt; smart lock; gun safe;
        safe; front gate; back gate; screen door; Yale; August; Schlage; door lock;
        gate lock; bike lock; mailbox; glass door; tool chest; medicine cabinet; Nuki
    """),
    "binary_sensor": entries("""
        motion sensor; motion detector; smoke detector; smoke alarm; leak sensor;
        water sensor; presence sensor; door sensor; window sensor; vibration sensor;
        carbon monoxide detector; letterbox; parking spot; crib; cat flap; dog door;
        fridge door; oven door; safe door; gate sensor; bed sensor; chair sensor;
        meeting pod; rain sensor; glass break sensor; tamper sensor; driver seat
    """),
    "sensor": entries("""
        outside humidity; humidity; electricity meter; power meter; water meter; gas
        meter; solar production; battery level; air quality; CO2 level; rain gauge;
        wind speed; UV index; pollen count; noise level; soil moisture; oil tank;
        energy usage; internet speed; fuel level; step count; barometer; dust level;
        download speed; grid voltage; printer ink; phone battery; car range; freezer
        probe; weight scale; heart rate; formaldehyde level; radon level; sun
        elevation; air pressure; air quality index; ozone level; carbon monoxide
        level; nitrogen dioxide level; particulate matter; light level; illuminance;
        dew point; rainfall; rain intensity; snow depth; wind direction; moon phase;
        tablet battery; watch battery; car battery; car mileage; charging power; tire
        pressure; travel time; commute time; dishwasher program; dryer time left; heat
        pump power; fridge power; water pump power; solar power; solar energy; grid
        frequency; power factor; current draw; mains voltage; battery charge; daily
        gas consumption; monthly water usage; water consumption; energy cost;
        electricity price; fuel price; pool pH; tank volume; upload speed; disk usage;
        memory usage; log size; unread mails; parcel count; next trash pickup; next
        holiday; next full moon; sunrise time; sleep score; body weight
    """),
    "person": entries("""
        Anna; Ben; Carlos; Diana; Elena; Frank; Grace; Henry; Isabel; Jack; Karim;
        Lucy; Maria; Nathan; Olga; Peter; Quinn; Rosa; Samuel; Tina; Victor; Wendy;
        Yusuf; Zoe; mom; dad; grandma; grandpa; Uncle Bob; Aunt Sally; Priya; Kenji
    """),
    "kin": entries("""
        kids; wife; husband; son; daughter; brother; sister; babysitter; nanny;
        roommate; cleaner; gardener; twins; dog walker; tenant; neighbor; partner;
        boys; girls; dog; cat; nurse; landlord; in-laws; au pair; grandparents
    """),
    "scene": entries("""
        movie night; romantic dinner; good morning; bedtime; relax; party; reading
        time; sunset; focus; dinner; cozy evening; game day; christmas; spa; wake up;
        sunday brunch; date night; energize; concentrate; northern glow; tropical
        twilight; nightfall; homework; halloween; meditation; arctic aurora; rainy
        day; yoga; storytime; spring blossom; sleep; all bright; candlelit
    """),
    "script": entries("""
        goodnight routine; leaving home; coffee time; laundry finished; feed the cat;
        wake up call; morning routine; bedtime routine; vacation check; water the
        plants; school run; lock everything; dinner bell; arrival; shutdown; fake
        barking; power saver; party starter; cool down; window reminder; trash day;
        storm protocol; baby nap; dim everything; airing out; panic routine
    """),
    "button": entries("""
        doorbell; panic; reboot router; restart; identify; reset filter; elevator;
        brew coffee; find phone; open gate; ring bell; water plants; flush; wake on
        LAN; refresh; calibrate; dispense food; intercom; reset counter; emergency
        stop
    """),
    "vacuum": entries("""
        Roomba; robot vacuum; vacuum; vacuum cleaner; hoover; Roborock; Deebot;
        Dreame; Eufy; Narwal; dust bunny; mop bot; robot mop; Braava; Neato; Ecovacs;
        Shark; dust buster; cleaning robot; Xiaomi; sweeper; wet mop; Trifo
    """),
    "lawn_mower": entries("""
        Husqvarna; Automower; Landroid; Worx; Gardena; Mammotion; Luba; grass cutter;
        lawn bot; lawn robot; Kress; Segway; Stihl; Moebot; lawn goat; Bosch Indego
    """),
    "todo": entries("""
        groceries; chores; to-do; packing; wish; christmas; camping; homework; work;
        errands; bucket; reading; movies; birthday; gift; hardware store; pharmacy;
        weekend; party; cleaning; school; travel; meal; costco; project; repair; baby;
        moving; wedding; plants
    """),
}
