"""English comments that say nothing about the music of their track: what fills a comment section.

Slots: ``n`` a number of two digits, ``k`` of one digit, ``year``, ``user`` and ``user2`` invented users,
``absent`` an instrument that is not heard.
"""

FEELINGS = (
    "this makes me want to cry",
    "I feel at home when I hear this",
    "my heart needed this today",
    "goosebumps, every single time",
    "this gets me through the week",
    "instantly in a better mood",
    "I smiled for the first time in {k} days",
    "feels like a hug",
    "why am I tearing up at my desk",
    "I can finally breathe",
    "this hits different at 3 am",
    "it reminds me that things will be all right",
    "sends me somewhere far away",
)
PRAISE = (
    "masterpiece",
    "so good!!",
    "underrated",
    "how does this only have {n} likes",
    "on repeat for {k} hours",
    "wow. just wow.",
    "this deserves more",
    "best thing I found all week",
    "instant follow",
    "take my money",
    "beautiful, thank you for sharing",
    "who else is listening in {year}?",
    "came back, visit number {n}",
    "10/10",
    "talent!",
    "I have nothing to add, it's perfect",
)
STORIES = (
    "my grandfather used to hum something like this while he fixed clocks",
    "we played this on the last night before everybody moved away. I still have the photo",
    "I failed my driving test {k} times. Today I passed, and this was on",
    "missed my train because of this, met my wife on the next one",
    "my daughter took her first steps while this was playing",
    "in {year} I had nothing but a backpack and {n} songs. This would have been one of them",
    "my neighbour knocked to complain and stayed for tea",
    "I sent this to my brother after {n} years of silence. He answered",
    "found this at the hospital, waiting. She is fine now",
    "the bakery near my old school closed yesterday. Listening to this with their last bread roll",
    "I wrote my whole thesis to this, {k} chapters, no regrets",
    "dad, if you ever read this: I kept the boat",
    "it rained for {k} days on our holiday and I would do it again",
)
JOKES = (
    "my cat left the room and came back with friends",
    "I asked my plant to rate this, it grew",
    "doctor: you have {n} seconds to live. me: *presses play*",
    "my boss walked in. Now we are both not working",
    "instructions unclear, adopted {k} ducks",
    "I was going to skip this but my finger fell asleep",
    "plot twist: the comments are the real track",
    "my alarm clock is jealous",
    "paused to sneeze, apologised to the speaker",
    "my bread rose to this. It is now in charge",
    "I have read every comment and this one is the worst, I wrote it",
)
LYRICS = (
    "and the lamp we left burning still knows both our names",
    "carry the river, carry me home, carry the stone I never could throw",
    "if the morning forgets me, I'll borrow the moon",
    "we were paper boats on a borrowed sea",
    "count the windows, count the rain, say my name the other way",
    "oh the hill keeps the echo and I keep the hill",
    "salt on the letter, smoke on the hem, write me once more and then never again",
)
SPAM = (
    "FREE followers here https://promo{n}.example.com/win",
    "I earn {n}00 a day from home, ask me how: http://easy-cash.example.net/?ref={user}",
    "check my channel, better than this!! https://www.example.org/c/{user}",
    "download full version -> http://files{n}.example.com/get",
    "new mixtape out now, link: https://example.com/mix/{n}",
    "subscribe to me and I subscribe to you, {n} spots left https://sub4sub.example.net",
)
MENTIONS = (
    "@{user} listen to this",
    "@{user} this is what I told you about",
    "@{user} you owe me {k} coffees",
    "who sent you here? @{user} sent me",
    "@{user} @{user2} tonight?",
    "told you @{user}, {year} was better",
)
CONTACTS = (
    "for bookings write to {user}@example.com",
    "selling my old amp, mail me: {user}.sales@example.org",
    "call me if you want to jam: +1 202-555-01{n}",
    "lost my keys at the concert, phone 212-555-01{n}, thanks",
    "lessons every Tuesday, 07700 9000{n} or {user}@example.net",
)
ELSEWHERE = (
    "I wish there were drums",
    "would sound great with {absent}",
    "imagine this with {absent}",
    "needs more {absent}",
    "the {absent} version of her other song is better",
    "his last album had so much {absent} in it, I miss that",
    "not as good as the {absent} piece they put out in {year}",
    "when will you play {absent} again?",
    "if only they had added {absent} and a choir",
    "the song before this one on my list is all {absent} and it was too loud",
    "I play {absent} myself and my teacher hates me",
)
COPIED = (
    "I told my toaster about this track and now everything comes out golden.",
    "My phone asked if I am still listening. My phone knows the answer.",
    "Like this comment and you will find a coin in your sofa within three days.",
    "Went in to read one comment. It is Thursday now.",
    "If you are reading this, you scrolled too far. Sit down. Drink water.",
)
EMOJI = ("🔥", "😭", "❤️", "🎶", "👏", "🙏", "✨", "😂", "💯", "🥹")
