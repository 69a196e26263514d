"""Answers to our own set as models may word them: right ones, and likely mistakes."""

# ruff: noqa: E501 - lines as they would be answered

from __future__ import annotations

GOOD: dict[str, str] = {
    "analysis-13": (
        "- The council voted 31 to 14 to close Mill Street bridge to cars from 1 June; buses, bicycles and "
        "walkers may pass.\n- Two of five arches are cracked; repairs take 18 months and cost 6.4 million, 60 % "
        "paid by the state.\n- Shop owners worry; the mayor promises free parking and a review."
    ),
    "writing-04": "From Saturday: our new gluten-free sourdough bread",
    "writing-07": (
        "Thank you for your message. I am out of the office from 5 to 16 August and cannot read mail. In urgent "
        "cases please turn to Priya Nair (priya.nair@example.com, extension 214). I will answer you from 19 August."
    ),
    "writing-08": (
        "A bread board made of solid oak, 38 x 25 cm, made by hand in Asturias and oiled with linseed oil. The grain "
        "of each board runs a little differently, and the wood grows darker with use. Wash by hand only, let it dry "
        "upright, and oil it again now and then."
    ),
    "writing-12": (
        "Section 14 of our agreement: You had to pay 240 pounds on 1 May. We have not received the money. Please pay "
        "within 14 days after you get this letter. If you do not pay, we must end the agreement. You do not agree? "
        "Then write to our office in Leeds."
    ),
    "writing-13": "A small black cat sits in rain and looks up at a dark sky without moving.",
    "writing-17": (
        "All night the lighthouse had been dark.\nBirds sat on its rail and waited.\nCora climbed the stairs with a "
        "candle.\nDown below a ship was feeling for the harbour.\nEvery step creaked.\nFinally she held the flame to "
        "the glass, and who was it that blew it out?"
    ),
}

ALSO_GOOD: dict[str, str] = {
    "analysis-01": "**Mixed**",
    "analysis-03": "Ms Petrov must obtain two quotes for the fire doors and circulate them by April 2.",
    "analysis-06": "La livraison a eu lieu le mercredi 15 à 14h30.",
    "analysis-08": "**C**. The disk filled up. So PostgreSQL could not extend its files.",
    "analysis-09": "The second term ends on 31 August 2025, so three months before.\n\n**2025-05-31**",
    "analysis-10": "The pooled rate is 0.0865.\n\nz = 2.31",
    "analysis-12": "Alpha costs 582.06 and Beta 425.25.\n\n156.81",
    "analysis-14": "Grippo Night and Dolostop plus both contain it.\n\nParacetamol",
    "analysis-18": "From 21:49:10 UTC to 22:22:10 UTC.\n\n**33**",
    "analysis-20": "Three are explained.\n\n**C-163, C-219**",
    "writing-06": "Montag geschlossen\nDienstag bis Sonntag: 8:00 – 18:00 Uhr",
    "writing-20": (
        "That night my associate didn't turn up. I waited for an hour in front of the warehouse. When he appeared the "
        "following day he fed me a string of lies, and I finally realised he had shut down the firm without a word."
    ),
    "coding-03": "```\n2\n```",
    "coding-06": "```bash\ngit reset --soft HEAD^\n```",
    "coding-12": "`[0, 7, 10, 20, 6]`",
    "knowledge-05": "Dial **112**, it is free.",
    "knowledge-09": "Sweden joined NATO on 7 March 2024.",
    "knowledge-16": "PostgreSQL: **Read Committed**, MySQL: **REPEATABLE READ**",
    "knowledge-18": "By **2035**.",
    "reasoning-03": "00:41",
    "reasoning-08": "The pairs are ...\n\n$\\frac{7}{36}$",
    "reasoning-11": "So it comes to about\n\n36,046",
    "reasoning-12": "三管同时开，每小时注入 5/36。\n\n36/7",
    "reasoning-15": "**1.28 %**",
    "reasoning-20": "La banque B est moins chère.\n\n268",
}

MISTAKEN: dict[str, str] = {
    "analysis-01": "Positive",
    "analysis-02": (
        '{"vendor": "Nordlicht Bürobedarf GmbH", "invoice_number": "2024-0917", "total": "91,00", "currency": "EUR"}'
    ),
    "analysis-03": "Mr Lindqvist has to repair the fire doors by 20 April.",
    "analysis-04": "South",
    "analysis-05": "21",
    "analysis-06": "Le mardi 14 à 9 h.",
    "analysis-07": "5",
    "analysis-08": "D. The pool was exhausted (17 of 50 in use). C is only a symptom.",
    "analysis-09": "2025-05-30",
    "analysis-10": "z = 2.25",
    "analysis-11": "A) B is better.",
    "analysis-12": "116.91",
    "analysis-13": "Here are the three points:\n- The bridge closes on 1 June after a vote of 31 to 14.\n- 18 months.\n- 6.4 million.",
    "analysis-14": "Grippo Night",
    "analysis-16": "140.0",
    "analysis-18": "36",
    "analysis-19": "4",
    "analysis-20": "C-131, C-163, C-219, C-240",
    "writing-04": "Gluten-free sourdough bread from Saturday on!",
    "writing-05": "They're going to recieve their new keys on Tuesday, regardless of whether it rains.",
    "writing-06": "Montags geschlossen, sonst offen 8 to 6",
    "writing-07": "I am away from 5 to 16 August. In urgent cases call my colleague Priya Nair on extension 214.",
    "writing-08": "The perfect oak bread board, 38 x 25 cm, oiled with linseed oil, made by hand in Asturias.",
    "writing-12": "You are hereby notified that 240 pounds fell due on 1 May. Pay within 14 days (section 14), office in Leeds.",
    "writing-13": "A cat sat in the rain and was so wet that it had to run home.",
    "writing-17": "A lighthouse stood.\nBirds came.\nCats too.\nDogs did not.\nEvery night it shone.\nFor whom, nobody knew.",
    "writing-20": "That night my partner put a rabbit on me. I waited an hour. The next day he told me salads and put the key away.",
    "coding-03": "1",
    "coding-06": "git reset --hard HEAD~1",
    "coding-12": "[0, 7, 10, 20, 3]",
    "knowledge-01": "Saturn",
    "knowledge-02": "100",
    "knowledge-03": "Isabel Allende, from Chile",
    "knowledge-04": "1990",
    "knowledge-05": "Dial 911.",
    "knowledge-06": "C",
    "knowledge-07": "19",
    "knowledge-08": "Both mean that something went wrong with the page, 401 on the client and 403 on the server side.",
    "knowledge-09": "Finland, in April 2023",
    "knowledge-10": "Pierre Agostini, Ferenc Krausz und Anne L'Huillier für Attosekundenpulse",
    "knowledge-11": "The speed of light",
    "knowledge-12": "D, because it binds the hormone.",
    "knowledge-13": "Le traité de Rome, en 1957",
    "knowledge-14": "24",
    "knowledge-15": "Titan",
    "knowledge-16": "PostgreSQL: Repeatable Read, MySQL: Read Committed",
    "knowledge-17": "Tyrosinase; it turns phenylalanine into dopamine",
    "knowledge-18": "2030",
    "knowledge-20": "3.8",
    "reasoning-01": "1.20",
    "reasoning-02": "16",
    "reasoning-03": "01:41",
    "reasoning-04": "825",
    "reasoning-05": "B",
    "reasoning-06": "Saturday",
    "reasoning-07": "154.29",
    "reasoning-08": "5/18",
    "reasoning-09": "Emil, Bruno, Chloe, David, Ana",
    "reasoning-10": "Pia, Rosa",
    "reasoning-11": "36154",
    "reasoning-12": "18/5",
    "reasoning-13": "2700",
    "reasoning-14": "17.3",
    "reasoning-15": "11.39",
    "reasoning-16": "Ben",
    "reasoning-17": "11.417",
    "reasoning-18": "16",
    "reasoning-19": "667",
    "reasoning-20": "64",
}
