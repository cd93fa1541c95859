"""The publications behind the scores and rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    authors: str
    year: int
    journal: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.authors} {self.year}, {self.journal}"


FISHER_2010 = Source("Fisher et al.", 2010, "Spine 35:E1221", "SINS")
FOURNEY_2011 = Source("Fourney et al.", 2011, "J Clin Oncol 29:3072", "reliability and validity of SINS, 30 cases")
KIM_2020 = Source("Kim et al.", 2020, "Clin Orthop Surg 12:337", "79 patients with SINS 7-12 and no deficit")
TOKUHASHI_2005 = Source("Tokuhashi et al.", 2005, "Spine 30:2186", "revised Tokuhashi score")
NICE_CG75 = Source("NICE", 2008, "Clinical Guideline 75, appendix 3", "revised Tokuhashi table with corrections")
TABOUREL_2021 = Source(
    "Tabourel et al.", 2021, "J Neurosurg Spine 35:527", "accuracy of Tokuhashi and Tomita in France"
)
TOMITA_2001 = Source("Tomita et al.", 2001, "Spine 26:298", "surgical strategy for spinal metastases")
BAUER_1995 = Source("Bauer and Wedin", 1995, "Acta Orthop Scand 66:143", "Bauer score")
LEITHNER_2008 = Source("Leithner et al.", 2008, "Eur Spine J 17:1488", "modified Bauer score, 69 operated patients")
KATAGIRI_2014 = Source("Katagiri et al.", 2014, "Cancer Med 3:1359", "revised Katagiri score, 808 patients")
GHORI_2015 = Source("Ghori et al.", 2015, "Spine J 15:2345", "New England Spinal Metastasis Score")
YAN_2022 = Source("Yan et al.", 2022, "Chin J Orthop 42:1329", "NESMS in 179 patients, China 2008-2018")
BINDELS_2025 = Source("Bindels et al.", 2025, "Spine J 25:1347", "twelve survival models in 953 patients")
LAUFER_2013 = Source("Laufer et al.", 2013, "Oncologist 18:744", "the NOMS framework")
BILSKY_2010 = Source("Bilsky et al.", 2010, "J Neurosurg Spine 13:324", "epidural spinal cord compression scale")
NICE_NG234 = Source("NICE", 2023, "NG234 and QS56", "spinal metastases and metastatic spinal cord compression")
BOLLEN_2015 = Source("Bollen et al.", 2015, "Clin Exp Metastasis", "breast cancer subtypes, 111 patients")
