"""Words that tell a kind of work, in a few languages: cues for prompts unlike the training ones.

One family a line; an entry is a word or a pair of neighbours, lower case. The learned weights decide what a
family counts for; a wrong entry costs little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_FAMILIES = {
    "language": (
        "python javascript typescript java kotlin swift rust golang c++ ruby perl php scala haskell"
        " lua matlab julia bash powershell zsh sql postgres postgresql mysql sqlite mongodb redis"
        " graphql html css scss sass xml json yaml csv toml vba cobol fortran assembly solidity dart"
        " elixir erlang clojure scheme lisp prolog verilog vhdl cuda awk sed jq latex xaml svg wasm"
        " nasm arm64 x86 jquery pyspark numpy pandas matplotlib seaborn plotly scipy sklearn pytorch"
        " tensorflow keras opencv django flask fastapi streamlit rails laravel symfony spring"
        " springboot react vue vue3 angular svelte nextjs nuxt tailwind bootstrap express nodejs deno"
        " electron qt pyqt pyqt5 pyqt6 tkinter wpf winforms unity unreal godot drupal wordpress"
        " magento salesforce sap android ios xcode gradle maven npm yarn pnpm pip conda cargo webpack"
        " vite babel eslint docker dockerfile kubernetes k8s kubectl helm terraform ansible jenkins"
        " github gitlab git svn nginx apache tomcat aws azure gcp lambda s3 ec2 firebase supabase"
        " heroku linux ubuntu debian centos macos systemd cron crontab ssh sshd tls ssl http https tcp"
        " udp websocket websockets oauth jwt grpc kafka rabbitmq spark hadoop airflow dbt snowflake"
        " bigquery excel vlookup arduino raspberry esp32 selenium playwright puppeteer scrapy"
        " beautifulsoup pytest junit jest cypress llvm gcc clang cmake makefile nix ffmpeg"
    ),
    "program": (
        "code codes coding program programming programmer script scripts function functions method"
        " class classes object variable variables array arrays list dictionary dict tuple string"
        " strings integer boolean pointer struct enum loop loops recursion recursive iterator"
        " generator async await promise callback thread threads mutex deadlock compile compiler"
        " compiles runtime debug debugger bug bugs exception stacktrace traceback nullpointerexception"
        " error errors crash crashes api endpoint rest backend frontend server client database schema"
        " query queries index migration regex parser parse parsing json deploy deployment container"
        " containers pod repository repo branch commit merge rebase refactor refactoring unittest"
        " tests test testing mock library framework package module import install algorithm algorithms"
        " dijkstra quicksort mergesort hashmap linkedlist stack queue heap binary tree graph node"
        " nodes implement implementation app application website webpage website plugin extension bot"
        " chatbot scrape scraper crawler cli terminal shell command commandline config configuration"
        " localhost port firewall dom div button navbar dropdown form frontend component components"
        " hook hooks usestate useeffect props middleware router cookie session encoding unicode utf8"
        " base64 hash encrypt decrypt dataframe dataset model train neural classifier gpu driver"
        " kernel segfault undefined null nan int float char void const def elif println printf foreach"
        " lambda sudo chmod grep programm funktion skript datei fehler fehlermeldung schleife klasse"
        " datenbank fonction liste tableau boucle función lista clase bucle archivo funzione codice"
        " função código код функция функцию программа программу скрипт vhost iframe url urls endpoint"
        " webhook macro formula spreadsheet sheets timestamp datetime"
    ),
    "compose": (
        "write writing draft compose rewrite reword rephrase paraphrase proofread edit polish wording"
        " phrase formulate translate translation translated grammar spelling spell shorten expand"
        " continue caption slogan tagline headline title subject schreib schreibe verfasse formuliere"
        " übersetze korrigiere umformulieren entwirf écris écrire rédige rédiger reformule reformuler"
        " traduis traduire corrige escribe escribir redacta redactar traduce traducir corrige"
        " reescribe scrivi scrivere traduci riscrivi correggi escreva escrever traduza reescreva"
        " corrija напиши переведи перепиши исправь napisz przetłumacz popraw schrijf vertaal"
        " herschrijf yaz"
    ),
    "genre": (
        "email e-mail mail letter message text note memo newsletter blog article essay story poem"
        " haiku limerick sonnet lyrics song rap verse poetry novel chapter scene dialogue monologue"
        " soliloquy screenplay speech toast eulogy invitation card greeting bio biography profile"
        " resume cv statement press release announcement advertisement ad copy brochure flyer post"
        " tweet thread script podcast review testimonial complaint apology resignation recommendation"
        " reference proposal introduction conclusion paragraph fairy tale fable diary journal"
        " backstory character villain plot fiction brief gedicht geschichte einladung bewerbung rede"
        " kündigung absage lettre poème histoire discours invitation conte carta correo poema cuento"
        " historia discurso invitación lettera poesia racconto письмо стихотворение рассказ сказку"
        " list wiersz gedicht verhaal mensagem conto"
    ),
    "roleplay": (
        "imagine pretend roleplay role-play act persona you're pirate knight wizard superhero"
        " detective captain narrator storyteller commentator stell_dir imagina imagine fais_comme"
    ),
    "analyse": (
        "summarize summarise summary summarizing gist tldr condense recap overview outline key"
        " takeaways analyze analyse analysis analyzing interpret interpretation insights insight"
        " compare comparison contrast versus vs evaluate evaluation assess assessment critique"
        " criticize review examine rate rank ranking score grade categorize categorise classify"
        " classification label group cluster extract identify spot detect anomaly anomalies outliers"
        " trend trends pattern patterns themes sentiment feedback survey pros cons advantages"
        " disadvantages strengths weaknesses swot tradeoffs trade-offs risks impact implications"
        " recommend recommendation decide decision choose choosing matrix criteria strategy findings"
        " conclusion conclude argument fallacy fallacies bias clause passage transcript excerpt weigh"
        " prioritize drawbacks benefits metrics kpi kpis revenue churn conversion zusammenfassen"
        " zusammenfassung fasse fass analysiere analyse vergleiche vergleich bewerte beurteile"
        " vorteile nachteile unterschiede résume résumer résumé analyser compare comparer évalue"
        " avantages inconvénients resume resumir resumen analiza analizar compara ventajas desventajas"
        " evalúa extrae riassumi analizza confronta vantaggi svantaggi resuma analise vantagens"
        " desvantagens перескажи проанализируй сравни streść przeanalizuj porównaj samenvatten"
        " vergelijk"
    ),
    "given": (
        "following below above attached passage paragraph article document transcript thread text"
        " report table data dataset figures results notes reviews comments responses folgenden"
        " folgende unten suivant suivante ci-dessous siguiente siguientes seguente seguinte следующий"
    ),
    "maths": (
        "calculate compute solve equation equations prove proof theorem lemma integral derivative"
        " differentiate integrate eigenvalue eigenvalues matrix determinant polynomial factor"
        " factorial prime primes divisible remainder modulo probability chance odds dice coin coins"
        " permutation permutations combinations triangle circle rectangle square hexagon decagon"
        " polygon angle angles perimeter area volume radius diameter slope vertex percent percentage"
        " percentile ratio fraction average mean median sum product difference quotient multiply"
        " multiplied divided minus plus squared cubed root logarithm log sin cos tan sequence series"
        " converge limit speed velocity km mph miles distance per each total altogether remain"
        " remaining left twice half double triple older younger handshakes diagonals estimate berechne"
        " rechne löse gleichung prozent wahrscheinlichkeit beweise fläche calcule résous équation"
        " pourcent probabilité démontre calcula resuelve ecuación probabilidad área calcola risolvi"
        " equazione calcule resolva equação вычисли реши уравнение вероятность oblicz rozwiąż"
    ),
    "puzzle": (
        "puzzle riddle logic logical deduce clue clues truth liar liars knights knaves weighings jug"
        " jugs boxes river goat wolf sudoku sequence next taller shorter tallest shortest oldest"
        " youngest faster slower finished before after first second last who brother sister brothers"
        " sisters sons daughters step-by-step reasoning rätsel énigme acertijo загадка"
    ),
    "ask": (
        "what who when where which why how whose whom explain define describe meaning definition"
        " difference history capital population invented discovered founded born died country city"
        " president king war causes symptoms treatment mechanism process theory concept principle"
        " facts fact origin recipe ingredients tips was wer wann wo welche welcher welches warum wieso"
        " wie erkläre que quoi qui quand où quel quelle pourquoi comment explique qué quién cuándo"
        " dónde cuál cómo explica cosa chi quando dove quale perché come spiega o_que quem onde qual"
        " porque como что кто когда где какой какая почему как объясни co kto kiedy gdzie jaki"
        " dlaczego jak wat wie wanneer waar waarom hoe"
    ),
    "feel": (
        "i i'm im me my mine feel feeling feelings sad happy lonely bored tired excited nervous"
        " anxious stressed worried love miss hate hope glad sorry upset angry mad depressed proud"
        " birthday weekend holiday holidays vacation girlfriend boyfriend friend friends ex crush mum"
        " dad cat dog dinner lunch breakfast pizza weather traurig müde glücklich langweilig triste"
        " fatigué heureux cansado feliz aburrido stanco felice грустно скучно"
    ),
    "greet": (
        "hi hello hey heya yo howdy greetings morning evening afternoon night goodnight bye goodbye"
        " cya thanks thank thx ty cheers please welcome ok okay sure cool nice great awesome wow lol"
        " haha hmm yes no yeah nope alright hallo moin servus tschüss danke bitte bonjour salut merci"
        " coucou bonsoir hola gracias adiós buenas buenos ciao grazie salve buongiorno olá oi obrigado"
        " obrigada привет спасибо пока cześć dzięki hej tack merhaba hoi dank"
    ),
    "you": "you your yours you're u ur dir du dein tu te ton tienes eres sei ты тебя",
}
_WIDE = {
    "compose": "写翻译润色改写書訳써",
    "genre": "邮件诗故事信短文メール手紙",
    "analyse": "总结概括分析比较优缺要約析較",
    "maths": "多少几等解算方程积个計算",
    "ask": "什么谁哪为何吗誰何",
    "greet": "好谢晚早嗨",
    "program": "码代函数报错",
}
_FAMILY: dict[str, tuple[str, ...]] = {}
for _name, _line in (*_FAMILIES.items(), *((name, " ".join(signs)) for name, signs in _WIDE.items())):
    for _word in _line.split():
        _FAMILY[_word] = (*_FAMILY.get(_word, ()), _name)


def families(tokens: Iterable[str]) -> Counter[str]:
    """Return how many of ``tokens`` belong to each family; a word may belong to several."""
    found: Counter[str] = Counter()
    for token in tokens:
        for family in _FAMILY.get(token, ()):
            found[family] += 1
    return found
