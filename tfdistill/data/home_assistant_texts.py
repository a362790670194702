"""Items, media and free text for the voice-assistant templates, written for the demo.

As with rooms and devices, the templates leave these to whoever speaks.
"""

from tfdistill.data.home_assistant_lists import entries

ITEMS = {
    "shopping item": entries("""
        milk; oat milk; almond milk; eggs; two dozen eggs; bread; whole wheat bread;
        butter; peanut butter; cheese; cream cheese; cheddar; yogurt; greek yogurt;
        apples; green apples; bananas; oranges; lemons; limes; grapes; strawberries;
        blueberries; avocados; pears; peaches; watermelon; pineapple; mangoes;
        potatoes; sweet potatoes; onions; red onions; garlic; carrots; celery;
        cucumber; tomatoes; cherry tomatoes; lettuce; spinach; kale; broccoli;
        cauliflower; mushrooms; bell peppers; zucchini; green beans; frozen peas;
        corn; chicken breast; ground beef; bacon; ham; sausages; steak; salmon; tuna;
        shrimp; tofu; rice; brown rice; pasta; spaghetti; noodles; flour; sugar; brown
        sugar; salt; black pepper; olive oil; vinegar; soy sauce; ketchup; mustard;
        mayonnaise; hot sauce; honey; maple syrup; strawberry jam; cereal; oatmeal;
        granola bars; crackers; potato chips; popcorn; chocolate; dark chocolate; ice
        cream; cookies; coffee; coffee beans; green tea; orange juice; apple juice;
        sparkling water; beer; red wine; a bottle of wine; a six pack of soda; paper
        towels; toilet paper; napkins; trash bags; dish soap; laundry detergent;
        fabric softener; sponges; bleach; shampoo; conditioner; toothpaste;
        toothbrushes; deodorant; razors; soap; band-aids; diapers; baby wipes; cat
        food; dog food; cat litter; AA batteries; aluminum foil; parchment paper; zip
        bags; cinnamon; basil; fresh parsley; chicken stock; baking powder; yeast;
        vanilla extract; tortillas; salsa; hummus; black beans; chickpeas; lentils;
        walnuts; almonds; raisins; pickles; olives
    """),
    "chore": entries("""
        call the dentist; pay the water bill; buy stamps; mow the grass; clean the
        gutters; fix the faucet; water the plants; walk the dog; take out the trash;
        return the library books; renew my passport; book flights; wash the car;
        change the oil; file the taxes; call mom; pick up the dry cleaning; vacuum the
        stairs; schedule a haircut; order new filters; write the report; email the
        landlord; study for the math test; finish the presentation; practice piano;
        feed the fish; paint the fence; assemble the shelf; replace the smoke alarm
        battery; defrost the freezer; pack the tent; sunscreen; hiking boots;
        passport; sleeping bags; duct tape; wood screws; light bulbs; paint brushes;
        hammer; extension cable; birthday cake; wrapping paper; a card for Sarah; lego
        set; scarf; headphones; cough syrup; vitamins; aspirin; allergy pills; visit
        the Grand Canyon; learn spanish; run a marathon; read Moby Dick; watch
        Inception; iron the shirts; descale the kettle; rake the leaves; swap the
        tires; sharpen the knives
    """),
    "timer_name": entries("""
        pizza; pasta; laundry; tea; egg; eggs; homework; workout; nap; cookies;
        chicken; bread; rice; roast; turkey; potatoes; cake; brownie; lasagna; soup;
        steak; bacon; coffee; meditation; reading; break; exercise; piano practice;
        screen time; bath; shower; parking; meeting; dog walk; medicine; face mask;
        hair dye; plank; stretching; yoga; revision; dishes; sauce; vegetables; fish;
        casserole; muffin; pie; dough; ribs; barbecue; grill; defrost; time out;
        bedtime; quiet time
    """),
}

MEDIA = {
    "artist": entries("""
        Queen; The Beatles; Taylor Swift; Adele; Miles Davis; Johnny Cash; Daft Punk;
        Coldplay; Beyonce; Radiohead; Nina Simone; Bob Marley; Pink Floyd; Fleetwood
        Mac; Kendrick Lamar; Billie Eilish; Norah Jones; Metallica; Frank Sinatra;
        Bach; Mozart; Ludovico Einaudi; ABBA; The Rolling Stones; Lady Gaga; Ed
        Sheeran; Amy Winehouse; Nirvana; David Bowie; Stevie Wonder; Dolly Parton;
        Gorillaz
    """),
    "album": entries("""
        Abbey Road; Thriller; Rumours; Kind of Blue; Random Access Memories;
        Nevermind; Back in Black; Dark Side of the Moon; Blue Train; Lemonade;
        Folklore; Graceland; OK Computer; Purple Rain; Pet Sounds; Hounds of Love;
        Born to Run; Tapestry; The Miseducation of Lauryn Hill; Discovery; Jagged
        Little Pill; Parachutes
    """),
    "track": entries("""
        Bohemian Rhapsody; Imagine; Billie Jean; Hey Jude; Yesterday; Hotel
        California; Stairway to Heaven; Smells Like Teen Spirit; Rolling in the Deep;
        Wonderwall; Sweet Child of Mine; Let It Be; Dancing Queen; Clair de Lune;
        Moonlight Sonata; Happy Birthday; Jingle Bells; Despacito; Take On Me; Africa;
        Superstition; Shake It Off; Viva la Vida; Purple Haze; What a Wonderful World;
        Baby Shark; Mr Brightside; Wake Me Up; Lose Yourself; Feeling Good; Africa by
        Toto; Hello by Adele; Jolene
    """),
    "playlist": entries("""
        workout mix; chill vibes; morning coffee; dinner jazz; road trip; deep focus;
        summer hits; party anthems; lullabies; classic rock; study beats; sunday
        morning; running songs; rainy day blues; eighties hits; kids favorites;
        discover weekly; liked songs; christmas classics; lofi beats; acoustic covers;
        yoga flow; sleep sounds; country roads; latin party
    """),
    "podcast": entries("""
        The Daily; Serial; Radiolab; This American Life; Hardcore History; Planet
        Money; Freakonomics; Stuff You Should Know; Science Friday; Invisibilia; Reply
        All; Darknet Diaries; The Moth; Song Exploder; TED Talks Daily; Up First
    """),
    "movie": entries("""
        Inception; Casablanca; The Matrix; Toy Story; Frozen; Jurassic Park; Star
        Wars; The Godfather; Finding Nemo; Titanic; Home Alone; Back to the Future;
        Moana; Pulp Fiction; The Lion King; Spirited Away; Gladiator; Paddington;
        Shrek; Lord of the Rings; Die Hard; Amelie; The Princess Bride; Coco
    """),
    "tv_show": entries("""
        Friends; Seinfeld; The Office; Breaking Bad; Sesame Street; Stranger Things;
        Planet Earth; The Crown; Doctor Who; Sherlock; Bluey; The Simpsons; Columbo;
        Game of Thrones; Ted Lasso; Cheers; Jeopardy; Bake Off; Peppa Pig; Mad Men
    """),
}

FREE_TEXT = {
    "message": entries("""
        dinner is ready; it is time for bed; the movie starts in ten minutes; we are
        leaving in five minutes; somebody is at the door; please come downstairs;
        lunch is on the table; the laundry is done; I am home; the bus is here;
        breakfast is served; put your shoes on; turn down the music; the pizza has
        arrived; grandma is on the phone; wash your hands; it is raining close the
        windows; do your homework; the car is packed; happy birthday Lucy; school
        starts in half an hour; the dog needs a walk; I am going to the store; does
        anyone need anything; the game is on; good night everyone; wake up sleepyhead;
        time to brush your teeth; the guests are here; stop fighting; I found the
        remote; bring me a towel; the cookies are done; there is a package for you;
        who took my charger; ten more minutes; we need to talk; the water will be shut
        off at noon; meeting in the kitchen; help me carry the groceries; I will be
        late tonight; the baby is sleeping; keep it down please; the garage is open;
        feed the cat before you go; the wifi is down; take out the trash; the plumber
        is coming today; all aboard; the party begins now; it snowed last night; set
        the table; your taxi is waiting; I love you all; family meeting now; the storm
        is getting closer; hide and seek is over; the soup is getting cold; clean up
        your toys; lights out in twenty minutes; the power will be back soon; somebody
        left the fridge open; tea is ready; come and see the rainbow
    """),
    "timer_command": entries("""
        turn off the lights; turn on the lights; turn off the TV; turn on the coffee
        maker; open the blinds; close the curtains; lock the front door; unlock the
        back door; turn off the heater; turn on the fan; pause the music; resume the
        music; play some jazz; start the robot vacuum; stop the music; turn off
        everything; dim the lights; turn on the sprinklers; turn off the sprinklers;
        open the gate; close the gate; turn the volume down; mute the speakers; set
        the thermostat to 20 degrees; turn off the oven; turn on the kettle; turn off
        the bedroom lights; turn on the porch lights; activate movie night; run the
        morning routine; raise the shades; lower the shades; turn off the air
        conditioner; start the dishwasher; turn on the humidifier; turn off the iron;
        switch off the radio; switch on the lamp; play the news; set the brightness to
        30 percent; make the lights blue; close the garage door; announce that dinner
        is ready; tell me the weather; turn off the kitchen fan; switch on the
        heating; shut the windows; turn on the night mode; turn off the christmas
        tree; vacuum the living room; dock the mower; turn up the heat; stop the fan;
        play rain sounds; deactivate guest mode
    """),
}
