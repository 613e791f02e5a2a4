"""What a line of a live blog is besides a report: credit, headline, "Read more", newsletter, end.

The rules are about wording only; where a line stands is judged by who asks. All patterns look at
short lines or at the ends of long ones, so they cost the same for any page.
"""

from __future__ import annotations

import re

_CREDIT = re.compile(
    r"(?:^|(?<=\S)|\s)(?:Images?|Photos?|Photograph|Pictures?|Bild(?:er)?|Fotos?"
    r"|Credits?|Imagen|Imagem"
    r"|Immagine|Fotograf(?:ía|ia)|Zdjęcie|Фото|Зображення|Fotoğraf|Görsel|صورة من)\s?:\s?"
    r"(?P<who>\S[^\n]{1,119})$"
)
_COPYRIGHT = re.compile(r"(?:^|(?<=\S)|\s)(?:©|\(c\))\s?\S[^\n]{1,79}$")
_SENTENCES = re.compile(r"[^\W\d_]{3}[.!?]\s+[^\W\d_]{2}")  # "K. Name" is no end of a sentence
_TERMINAL = ".!?…:;,"
_CLOSING = "\"”“»«'’‘)]"
HEADLINE_LENGTH = 100
"""Characters; a longer line without a full stop is a paragraph that lost it."""
_ANNOUNCES = re.compile(
    r"^(?:more|details?|updates?|mehr|weitere)\b.{0,40}\b(?:soon|follows?|shortly|come"
    r"|coming|folg\w+"
    r"|in kürze)$",
    re.IGNORECASE,
)

_READ_MORE = re.compile(
    r"(?:[>»►▶→•]{1,3}\s?)?(?:"
    r"(?:please )?(?:read|watch|see|listen|learn|find out)(?: (?:more|also|on|next|here"
    r"|further|now))"
    r"(?: (?:about|on) (?:this|it))?|also read|read|watch|listen|related"
    r"|further reading|more on this"
    r"|lesen sie (?:auch|mehr|hier|dazu|weiter)|mehr (?:dazu|zum thema)|weiterlesen|siehe auch"
    r"|auch interessant|(?:à|a) lire(?: aussi)?|lire (?:aussi|la suite|plus)|voir aussi"
    r"|le[ae] (?:también|más|además)|leer (?:también|más)|ver también|leia (?:também|mais)"
    r"|veja também|leggi (?:anche|di più)|czytaj (?:też|także|więcej|dalej)|zobacz (?:też|także)"
    r"|читайте (?:также|також)|читать далее|читати далі|подробнее|докладніше"
    r"|ayrıca okuyun|devamını oku|daha fazla(?:sı)?|اقرأ (?:أيضا|أيضًا|المزيد)|للمزيد"
    r")\s?(?::\s?|$)",
    re.IGNORECASE,
)
_OPEN_READ_MORE = re.compile(r"(?:read|watch|listen|related|lire|à lire|a lire)\s?$", re.IGNORECASE)

_AGENCIES = frozenset({
    "reuters", "ap", "afp", "dpa", "efe", "epd", "kna", "sid", "ansa", "lusa", "pap", "tass",
    "interfax", "epa", "afpe", "rtre", "dapd", "kyodo", "xinhua", "anadolu", "aa", "ukrinform",
    "unian", "ria", "upi", "cp", "aap", "ptib", "pti", "ians", "belga", "anp", "apa", "sda",
    "ats", "ntb", "tt", "ritzau", "rtr", "rtrs", "nyt",
})  # fmt: skip
_INITIALS = re.compile(
    r"[^\W\d_]{1,4}(?:\s?[,/&+]\s?[^\W\d_]{1,4}){0,12}(?:,?\s(?:with|mit|avec|con)\s.{1,80})?"
)
_SOURCES = re.compile(
    r"(?:(?:source|quelle|fuente|fonte|źródło|источник|джерело|kaynak)n?\s?:"
    r"|(?:with|mit) (?:material|information|informationen|agentur\w*) (?:from|by|von|der)?)\s?",
    re.IGNORECASE,
)
_NEWSLETTER = re.compile(
    r"\b(?:editors (?:send|round) (?:out|up)|sign up (?:to|for) (?:receive|get|our|the|dw|this)"
    r"|sign up (?:here|to receive it)|subscribe to (?:our|the|dw)|our (?:free )?(?:daily|weekly) "
    r"(?:email|e-mail|briefing)|newsletter (?:here|hier|abonnieren|anmelden|bestellen)"
    r"|(?:our|unseren|unser|notre|nuestro|nossa|nostra) (?:\w+ )?(?:newsletter|boletín|infolettre)"
    r"|weekly newsletter|daily newsletter|inscrivez-vous|abonnez-vous|suscríbase|suscríbete"
    r"|inscreva-se|iscriviti|zapisz się na|подпишитесь на|підпишіться на"
    r"|melden sie sich .{0,40}newsletter|abonnieren sie)\b",
    re.IGNORECASE,
)
_FOLLOW = re.compile(
    r"^(?:follow|like|join) (?:us|dw|our)\b|^(?:folgen sie|suivez-nous|síg(?:a|ue)nos|siga-nos)"
    r"|^(?:send us|tell us) your\b|^(?:download|get) (?:the|our) \w+ ?app\b"
    r"|^you can find (?:us|our)\b",
    re.IGNORECASE,
)
_SKIP_LINK = re.compile(
    r"^(?:skip (?:to|next|past|this|over)|go to (?:the )?(?:homepage|home page|main)"
    r"|back to (?:top|the"
    r" top)|advertisement|anzeige|werbung|publicité|publicidad|pubblicità|реклама|reklama|ilan"
    r"|print|drucken|permalink|copy link|link copied|share(?: this)?(?: (?:on|via|post"
    r"|update|story)"
    r".{0,30})?|teilen|partager|compartir|tweet|facebook|twitter|whatsapp|email|e-mail)\W*$"
    r"|^skip (?:next section|to content|to main|to more|past)\b",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"^\W*(?:\d{1,5}\s)?(?:(?:view |show |read |all |post a |leave a |user |reader )?comments?"
    r"|leave a (?:reply|comment)|join the (?:discussion|conversation)|discussion|responses"
    r"|kommentare?|commentaires?|comentarios?|comentários?|commenti|komentarze|комментарии"
    r"|коментарі|yorumlar)(?:\s?\(?\d{1,5}\)?)?\W*$",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(
    r"^(?:related(?: (?:content|stories|articles|topics|coverage|links|reading))?|explore more"
    r"|more (?:from|on this|stories|news|top)\b.{0,50}|you may also like.{0,20}|recommended.{0,30}"
    r"|most (?:read|popular|viewed|shared).{0,20}|(?:dw['’]?s? )?top stor(?:y|ies)"
    r"|read next|up next"
    r"|trending.{0,20}|about (?:the|this) (?:author|article|blog).{0,20}|latest (?:news|stories)"
    r"|mehr zum thema.{0,40}|meistgelesen.{0,20}|das könnte (?:sie|dich).{0,30}|weitere (?:themen"
    r"|artikel|nachrichten).{0,30}|topics|tags|themen|schlagw\w+|sur le même sujet|les plus lus"
    r"|à la une|más (?:noticias|información).{0,30}|lo más leído|temas relacionados"
    r"|leia mais.{0,20}"
    r"|potrebbe interessarti.{0,20}|czytaj też.{0,20}|corrections?|© .{0,60}"
    r"|all rights reserved.{0,40}"
    r"|copyright .{0,60}|contact us|imprint|impressum|privacy(?: policy)?|terms of use)\W*$",
    re.IGNORECASE,
)
TEASER_LENGTH = 240
"""Characters of the longest line that only leads to another story."""

_LABEL_LENGTH = 60  # characters
_UPDATED = re.compile(
    r"\(?(?:last )?(?:updated|edited|modified|published|posted|aktualisiert|zuletzt aktualisiert"
    r"|veröffentlicht|mis à jour|publié|actualizado|publicado|aggiornato|pubblicato|atualizado"
    r"|zaktualizowano|aktualizacja|opublikowano|обновлено|опубликовано|оновлено|опубліковано"
    r"|güncellendi|güncelleme|yayınlanma|آخر تحديث|تم التحديث|نشر)\b[^.!?\d]{0,24}"
    r"\d{1,4}(?:[^!?\n]{0,30}\d\S{0,4}(?:\s\(?[^\W\d_]{1,5}\)?){0,2}|\s?\w{1,12}(?: ago)?)?\)?",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\(?\d{1,6}\)?\s?(?:comments?|likes?|shares?|views?|replies|kommentare?|commentaires?"
    r"|comentarios?|comentários?|commenti|komentarz[ye]?|комментари\w{1,3}|коментар\w{1,3}|yorum"
    r"|تعليقات?)|view this (?:post|photo|video) on instagram"
    r"|(?:sieh dir diesen beitrag auf|voir cette publication sur|ver esta publicación en"
    r"|visualizza questo post su|ver esta publicação no) instagram(?: an)?",
    re.IGNORECASE,
)
_LOAD_MORE = re.compile(
    r"^\W*(?:(?:load|show|view|see) (?:(?:more|older|earlier|previous|all)\b)"
    r"(?: (?:\d+ )?(?:updates|posts|entries|messages|events|older|earlier|previous))*"
    r"|(?:more|older|earlier|previous) (?:updates|posts|entries)"
    r"|(?:mehr|weitere|ältere) (?:laden|anzeigen|meldungen|beiträge|einträge)(?: laden| anzeigen)?"
    r"|(?:voir|afficher|charger) (?:plus|la suite|davantage)(?: d.{1,30})?"
    r"|(?:cargar|ver|mostrar) más|(?:carregar|ver|mostrar) mais|(?:carica|mostra) altr[io]"
    r"|(?:załaduj|pokaż) więcej|(?:загрузить|показать) (?:ещё|еще)|daha fazla (?:yükle"
    r"|göster))\W*$",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"\bthis (?:now )?(?:concludes|ends|brings .{1,20} to an end|wraps up) (?:our|the"
    r"|this)\b.{0,40}"
    r"\b(?:live|coverage|blog)\b"
    r"|\b(?:this|our|the) (?:live ?blog|live coverage|live updates?|blog|live page|live ticker)"
    r" (?:is|are|has|have)(?: now)?(?: been)? (?:closed|ended|over|finished|concluded"
    r"|come to an end)"
    r"|\bwe(?: are|['’]re| have|['’]ve| will)?(?: now)? (?:clos(?:e|ing|ed)|wrapp?(?:ing|ed)? up"
    r"|end(?:ing|ed)?|conclud(?:e|ing|ed))(?: down)? (?:this|our|the) "
    r"(?:live|blog|coverage|rolling|updates)"
    r"|\bour live (?:coverage|updates|blog) (?:ends?|concludes?|finish(?:es)?) here"
    r"|\bdieser (?:live-?)?(?:blog|ticker|newsblog) (?:ist|wird)(?: (?:nun|jetzt|hiermit))? "
    r"(?:beendet|geschlossen)|\b(?:wir|damit) (?:beenden|schließen|endet|schließt)\b.{0,40}"
    r"\b(?:live|blog|ticker)|\bder (?:live-?)?(?:blog|ticker) endet"
    r"|\b(?:ce|notre) (?:direct|live) (?:est )?(?:maintenant |désormais )?(?:terminé"
    r"|clos|s['’]achève"
    r"|se termine|prend fin)|\bfin d[eu] (?:ce |notre |cette )?(?:direct|live|couverture)"
    r"|\bc['’]est la fin de (?:ce|notre) (?:direct|live)"
    r"|\b(?:finaliza|termina|concluye|cerramos|terminamos|finalizamos|concluimos)\b.{0,30}"
    r"\b(?:cobertura|directo|minuto a minuto)|\b(?:encerramos|termina aqui)\b.{0,30}\bcobertura"
    r"|\b(?:finisce|termina|chiudiamo|si chiude)\b.{0,20}\b(?:diretta|live)"
    r"|\bkończymy\b.{0,20}\b(?:relację|transmisję)"
    r"|\bмы (?:заканчиваем|завершаем)\b.{0,30}(?:онлайн|трансляци|хроник)",
    re.IGNORECASE,
)
_BACK_SOON = re.compile(
    r"\b(?:back (?:at|tomorrow|in the|with|soon|on)|resume|tomorrow morning|continue (?:in|on|at)"
    r"|new (?:live )?(?:blog|page)|morgen (?:früh|wieder)|demain|mañana|amanhã|domani|завтра)\b",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\bas (?:it|they) happened\b|\bas events unfolded\b|\bzum nachlesen\b"
    r"|\bso lief (?:der|die|das)\b"
    r"|\brevivez\b|\bcómo (?:fue|sucedió)\b|\basí (?:fue|te lo contamos|lo contamos)\b"
    r"|\bcomo aconteceu\b|\bcom['’]è andata\b",
    re.IGNORECASE,
)


def ends_with_credit(text: str) -> bool:
    """Whether a line ends in a picture credit: "Harbour at dawnImage: dpa/A. Photographer"."""
    tail = text[-180:]
    match = _CREDIT.search(tail)
    if match and not _SENTENCES.search(match["who"]) and len(match["who"].split()) <= 14:
        return True
    return _COPYRIGHT.search(tail) is not None


def is_headline(text: str) -> bool:
    """Whether a line reads like a title: short, begins like one, no full stop at its end."""
    if not 2 <= len(text) <= HEADLINE_LENGTH or len(text.split()) > 16:
        return False
    if text[0].islower() or text[0] in "\"“„«'‘(" or not any(map(str.isalpha, text)):
        return False
    bare = text.rstrip(_CLOSING)
    if not bare or bare[-1] in _TERMINAL + "-–—" or text[-1] in _TERMINAL:
        return False
    return _ANNOUNCES.search(text) is None


def read_more(text: str) -> int | None:
    """Where the title begins in a line such as "Read more: Why the harbour froze".

    Returns:
        Characters up to the title (the length of the text if the title is elsewhere), or None if
        the line is something else.
    """
    match = _READ_MORE.match(text[:120])
    if match is None:
        return None
    if match.end() == len(text) and _OPEN_READ_MORE.fullmatch(match[0]):
        return None  # the bare word "Read" or "Watch" announces nothing
    return match.end()


def is_agency_line(text: str) -> bool:
    """Whether a line only signs: "ed, ls, jsi/stb (Reuters, AP, AFP, dpa)", "dpa/AFP"."""
    if len(text) > 140 or not text:
        return False
    stripped = text.strip(" .").removeprefix("(") if text.startswith("(") else text.strip(" .")
    head, bracket, tail = stripped.partition("(")
    inside = tail.rstrip(") ") if bracket else ""
    if sources := _SOURCES.match(text):
        return _mostly_agencies(text[sources.end() :].strip(" ()."))
    if bracket:
        known = _mostly_agencies(inside)
        return known and (not head.strip() or bool(_INITIALS.fullmatch(head.strip())))
    bare = stripped.rstrip(")")
    return _mostly_agencies(bare) or bool(
        re.fullmatch(r"[a-zäöü]{2,4}(?:\s?/\s?[a-zäöü]{2,4})+", bare)
    )


def is_newsletter(text: str) -> bool:
    """Whether a paragraph asks the reader to sign up for, follow or download something."""
    return len(text) <= 500 and bool(_NEWSLETTER.search(text) or _FOLLOW.match(text))


def is_page_furniture(text: str) -> bool:
    """Whether a line is a label of the page: "Skip to content", "Advertisement", "Share"."""
    return len(text) <= 100 and _SKIP_LINK.match(text) is not None


def is_entry_furniture(text: str) -> bool:
    """Whether a paragraph is a label of an entry: when it was updated, how many comments it has."""
    if len(text) > _LABEL_LENGTH or text.endswith((".", "!", "?")):
        return False
    return bool(_UPDATED.fullmatch(text) or _COUNTED.fullmatch(text) or _SKIP_LINK.match(text))


def is_teaser(text: str, linked: int) -> bool:
    """Whether a line only leads to another story: "Read more: Why the harbour froze".

    Args:
        text: the line.
        linked: how many characters of it are links.
    """
    if not linked or len(text) > TEASER_LENGTH or (begin := read_more(text)) is None:
        return False
    return linked >= 0.8 * (len(text) - begin)


def follows_the_blog(text: str) -> bool:
    """Whether a line heads what comes after a live blog: comments, related stories, imprint."""
    return len(text) <= 100 and bool(_COMMENTS.match(text) or _AFTERWARDS.match(text))


def is_load_more(text: str) -> bool:
    """Whether a label or button offers more entries than the page shows."""
    return len(text) <= 60 and _LOAD_MORE.match(text) is not None


def says_ended(text: str) -> bool:
    """Whether a sentence says that the live coverage is over (and not only for the night)."""
    return len(text) <= 1200 and _ENDED.search(text) is not None and not _BACK_SOON.search(text)


def title_says_ended(title: str) -> bool:
    """Whether a headline speaks of a finished event: "– as it happened"."""
    return _HAPPENED.search(title[:300]) is not None


def _mostly_agencies(text: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,20}", text)[:30]
    if not words or len(words) > 12:
        return False
    known = sum(word.lower() in _AGENCIES for word in words)
    return known * 2 > len(words) and known > 0
