"""Words of drugs for tumours: substances, families by their endings, regimens, and names of the trade.

They tell that a drug matters whose code is not known; what it is, only a code says.
"""

from __future__ import annotations

_SUBSTANCES = (
    r"(?:platin|taxel|rubicin|tinib|ciclib|parib|lutamide?|rafenib|zomib|tecan|poside?|bulin|relin)\b"
    r"|chemotherap|\bchemo|antineoplas|zytostat|cytotoxic|denosumab|zoledron|pamidron|ibandron|dexameth"
    r"|tamoxifen|letrozol|anastrozol|exemestan|fulvestrant|(?:leup|gose|tript|buse|hist)\w*relin|degarelix|abirateron"
    r"|(?:trastu|bevaci|pertu|cetu|ritu|panitumu|atezoli|duralu|durvalu|daratumu|ipilimu|nivolu|pembroli|cemipli|avelu"
    r"|ramuciru|blinatumo|obinutu|sacitu)\w*mab|fluorouracil|capecitabin|gemcitabin|cyclophospham|ifosfamid|methotrexat"
    r"|pemetrexed|vincristin|vinorelbin|vinblastin|bleomycin|mitomycin|dacarbazin|temozolomid|melphalan|bendamustin"
    r"|lenalidomid|pomalidomid|thalidomid|cytarabin|fludarabin|azacitidin|decitabin|everolimus|temsirolimus|asparaginas"
    r"|mitotan|lutetium|radium|megestrol|\b(?:nab-?)?pacli\b|\bdoce\b|\bcarbo\b(?: ?(?:$|[^ mva]|m[^e]|v[^e]|a[^c])|  )"
    r"|(?:trial|study) (?:drug|medication)|studienmedik|pr(?:ü|ue)fpr(?:ä|ae)parat"
)
#: Regimens name no drug. In some the letters alone mean something else, such as the coating of a tablet.
_REGIMENS = (
    r"|\bm?folf(?:ox|iri|irinox)|\bxel(?:ox|iri)\b|\bcapox\b|\bflot\b|\bfe[ck]\b|\bcmf\b|\b(?:r-?)?chop\b|\bbeacopp"
    r"|\babvd\b"
    r"|\b(?:tac|tch|tchp|tc|bep|vmp)\b.*(?:x ?\d|zykl|cycle)|\bdd[- ]?(?:ec|ac)\b"
    r"|\b[ea]c\b ?(?:x ?\d|\d ?x|followed|then|q\d|(?:und|and|-) ?(?:pacli|doce|t\b))"
)
_TRADE = (
    r"|taxotere|\btaxol\b|abraxane|herceptin|keytruda|opdivo|xgeva|zometa|prolia|aredia|leuprolide|xeloda|ibrance"
    r"|enantone|trenantone|zoladex|profact|eligard|decapeptyl|lupron|pamorelin|firmagon|zytiga|xtandi|erleada|nubeqa"
    r"|casodex|arimidex|femara|faslodex|aromasin|nolvadex|kisqali|verzenio|tagrisso|tarceva|iressa|giotrif|sutent"
    r"|votrient|nexavar|inlyta|cabometyx|lenvima|lynparza|zejula|avastin|perjeta|kadcyla|enhertu|trodelvy|erbitux"
    r"|vectibix|tecentriq|imfinzi|yervoy|bavencio|libtayo|revlimid|velcade|kyprolis|imnovid|pomalyst|darzalex|mabthera"
    r"|rituxan|alimta|gemzar|navelbine|halaven|eribulin|caelyx|doxil|jevtana|glivec|gleevec|temoda|lonsurf|stivarga"
    r"|lutathera|pluvicto|xofigo"
)
WORDS = f"{_SUBSTANCES}{_REGIMENS}{_TRADE}"
