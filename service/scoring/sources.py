"""The publications behind the scores and rules."""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    authors: str
    year: int
    journal: str
    what: str = ""
    doi: str = ""

    def __str__(self) -> str:
        return f"{self.authors} {self.year}, {self.journal}"

    @property
    def short(self) -> str:
        """As it is named in a sentence: ``Fisher 2010``."""
        return f"{self.authors.removesuffix(' et al.')} {self.year}"

    @property
    def url(self) -> str:
        return f"https://doi.org/{self.doi}" if self.doi else ""


# Stability
FISHER_2010 = Source("Fisher et al.", 2010, "Spine 35:E1221", "SINS")
FOURNEY_2011 = Source("Fourney et al.", 2011, "J Clin Oncol 29:3072", "reliability and validity of SINS, 30 cases")
KIM_2020 = Source("Kim et al.", 2020, "Clin Orthop Surg 12:337", "79 patients with SINS 7-12 and no deficit")
KAKUTANI_2023 = Source("Kakutani et al.", 2023, "Cancers 15:1251", "SINS in 128 patients without symptoms")
LENSCHOW_2022 = Source("Lenschow et al.", 2022, "331 patients with SINS 7-12", "instrumentation or not")
NAKANISHI_2024 = Source("Nakanishi et al.", 2024, "cohort of 1,041 patients", "SINS and skeletal-related events")

# Survival: the scores
TOKUHASHI_2005 = Source("Tokuhashi et al.", 2005, "Spine 30:2186", "revised Tokuhashi score")
NICE_CG75 = Source("NICE", 2008, "Clinical Guideline 75, appendix 3", "revised Tokuhashi table with corrections")
TOMITA_2001 = Source("Tomita et al.", 2001, "Spine 26:298", "surgical strategy for spinal metastases")
BAUER_1995 = Source("Bauer and Wedin", 1995, "Acta Orthop Scand 66:143", "Bauer score")
LEITHNER_2008 = Source("Leithner et al.", 2008, "Eur Spine J 17:1488", "modified Bauer score, 69 operated patients")
KATAGIRI_2013 = Source("Katagiri et al.", 2013, "Rinsho Seikei Geka 48:649", "the cohort of 808 patients, in Japanese")
KATAGIRI_2014 = Source(
    "Katagiri et al.", 2014, "Cancer Med 3:1359", "revised Katagiri score, 808 patients", "10.1002/cam4.292"
)
GHORI_2015 = Source("Ghori et al.", 2015, "Spine J 15:2345", "New England Spinal Metastasis Score")
VAN_DER_LINDEN_2005 = Source(
    "van der Linden et al.", 2005, "Cancer 103:320", "342 patients of the Dutch Bone Metastasis Study"
)
RADES_2013 = Source(
    "Rades et al.", 2013, "Cancer", "death within two months, 2,029 patients given radiotherapy", "10.1002/cncr.27849"
)
TANG_2015 = Source(
    "Tang et al.",
    2015,
    "Int J Radiat Oncol Biol Phys",
    "PRISM, 206 patients of two trials",
    "10.1016/j.ijrobp.2015.04.050",
)
MIZUMOTO_2008 = Source(
    "Mizumoto et al.", 2008, "Cancer 113:2816", "544 patients given radiotherapy", "10.1002/cncr.23888"
)

# Other scores
MATSUMOTO_2016 = Source("Matsumoto et al.", 2016, "Spine 41:E1230", "dumbbell scoring system, 59 tumours")
SOMA_2020 = Source(
    "De la Garza Ramos et al.",
    2020,
    "Spine",
    "Spine Oncology Morbidity Assessment, 105 operations",
    "10.1097/brs.0000000000003733",
)
GELFAND_2021 = Source("Gelfand et al.", 2021, "albumin in 700 operations", "low albumin: under 3.5 g/dL")

# Where tables were read
MEDICAL_ALGORITHMS = Source(
    "medicalalgorithms.com",
    2005,
    "score of van der Linden",
    "the table, and figures off a curve; the page is undated, the year is the paper's",
)
MEDICAL_ALGORITHMS_RADES = Source(
    "medicalalgorithms.com",
    2013,
    "score of Rades for a short life expectancy",
    "the table; the page is undated, the year is the paper's",
)

# How the scores did in other patients
SCHOENFELD_2021 = Source("Schoenfeld et al.", 2021, "Spine J", "NESMS in 180 patients, prospective")
SCHOENFELD_POST_2021 = Source(
    "Schoenfeld et al.",
    2021,
    "Spine J, the POST cohort",
    "NESMS, Tomita, Tokuhashi and SINS in 202 patients, prospective",
)
YAN_2022 = Source(
    "Yan et al.",
    2022,
    "Chin J Orthop 42:1329",
    "NESMS in 179 patients, China 2008-2018",
    "10.3760/cma.j.cn121113-20220831-00502",
)
KIM_2021 = Source("Kim et al.", 2021, "J Clin Med 10:1119", "85 operated patients with non-small-cell lung cancer")
TABOUREL_2021 = Source(
    "Tabourel et al.", 2021, "J Neurosurg Spine 35:527", "accuracy of Tokuhashi and Tomita in France"
)
CARRWIK_2020 = Source("Carrwik et al.", 2020, "315 patients, Sweden", "four survival scores")
WIBMER_2011 = Source("Wibmer et al.", 2011, "254 patients", "seven survival scores")
DARDIC_2015 = Source("Dardic et al.", 2015, "196 patients", "survival scores")
BULTHUIS_2023 = Source(
    "Bulthuis et al.", 2023, "Int J Spine Surg", "Limburg score, OSRI and modified Bauer in 144 patients"
)
HINDAWI_2017 = Source("Hindawi et al.", 2017, "61 patients", "survival scores")
SAKURAI_2022 = Source("Sakurai et al.", 2022, "376 patients given radiotherapy", "revised Katagiri score")
MUROTANI_2024 = Source("Murotani et al.", 2024, "345 operated patients", "revised Katagiri score")
JENSEN_2017 = Source("Jensen et al.", 2017, "J Radiosurg SBRT 5:25", "PRISM in 249 further patients")
FLOREZ_2024 = Source(
    "Florez et al.",
    2024,
    "Radiother Oncol 201:110570",
    "PRISM in 879 patients of two centres",
    "10.1016/j.radonc.2024.110570",
)
BINDELS_2025 = Source("Bindels et al.", 2025, "Spine J 25:1347", "twelve survival models in 953 patients")
BOLLEN_2015 = Source(
    "Bollen et al.", 2015, "Clin Exp Metastasis", "breast cancer subtypes, 111 patients", "10.1007/s10585-014-9685-y"
)

# Models that are handed off
PEREIRA_2016 = Source(
    "Paulino Pereira et al.", 2016, "J Bone Joint Surg 98:1767", "SORG classic score and nomogram, 649 patients"
)
KARHADE_2019 = Source(
    "Karhade et al.", 2019, "SORG machine-learning models", "90-day and 1-year mortality after surgery"
)
BOLLEN_2014 = Source(
    "Bollen et al.", 2014, "Neuro Oncol 16:991", "1,043 patients with symptomatic metastases", "10.1093/neuonc/not318"
)
BALAIN_2013 = Source("Balain et al.", 2013, "Bone Joint J 95-B:210", "Oswestry Spinal Risk Index, 199 patients")
FLEMING_2016 = Source("Fleming et al.", 2016, "Eur Spine J 25:252", "Oswestry Spinal Risk Index in 121 patients")

# The decision
LAUFER_2013 = Source("Laufer et al.", 2013, "Oncologist 18:744", "the NOMS framework")
BILSKY_2010 = Source("Bilsky et al.", 2010, "J Neurosurg Spine 13:324", "epidural spinal cord compression scale")
NICE_NG234 = Source("NICE", 2023, "NG234 and QS56", "spinal metastases and metastatic spinal cord compression")
AO_SURGERY = Source(
    "AO Foundation",
    2026,
    "AO Surgery Reference",
    "radiosensitivity of metastases; undated, the year is that of reading",
)
CEPO_2012 = Source("CEPO", 2012, "guideline on spinal cord compression, Quebec", "germ-cell tumours, lymphoma, myeloma")
MD_ANDERSON = Source(
    "Bahouth et al.",
    2026,
    "MD Anderson pathway, as re-typed in public code",
    "radiosensitivity, ESCC 1c; undated, the year is that of reading",
)
BADVE_2021 = Source(
    "Badve et al.",
    2021,
    "J Clin Orthop 6(2):16",
    "review of the management of spinal metastases",
    "10.13107/jcorth.2021.v06i02.444",
)
HONG_2022 = Source(
    "Hong et al.",
    2022,
    "Asian Spine J 16:799",
    "review of the treatment of spinal metastases",
    "10.31616/asj.2022.0367",
)
SPINE_HUB = Source(
    "spine-hub", 2026, "public code, github.com/kabsam549-bot/spine-hub", "form for NOMS: radiosensitivity"
)

MORIMOTO_2024 = Source(
    "Morimoto et al.",
    2024,
    "Front Oncol 14:1374915",
    "review of the management of spinal metastases",
    "10.3389/fonc.2024.1374915",
)
MATSUMOTO_2024 = Source(
    "Matsumoto", 2024, "Fukushima J Med Sci", "review of the diagnosis and treatment of malignant spinal tumours"
)
PATON_2011 = Source("Paton et al.", 2011, "Can J Neurol Sci 38:396", "the LMNOP system", "10.1017/s031716710001177x")
IVANISHVILI_2014 = Source(
    "Ivanishvili and Fourney", 2014, "Global Spine J 4:129", "LMNOP with SINS", "10.1055/s-0034-1375560"
)
PATCHELL_2005 = Source(
    "Patchell et al.", 2005, "Lancet 366:643", "decompression and radiotherapy or radiotherapy alone, 101 patients"
)
LAUFER_2013_SEPARATION = Source(
    "Laufer et al.", 2013, "J Neurosurg Spine 18:207", "separation surgery and radiosurgery, 186 patients"
)
KANG_2022 = Source(
    "Kang et al.", 2022, "J Bone Oncol 36:100450", "meta-analysis of separation surgery and stereotactic radiotherapy"
)
SAHGAL_2013 = Source(
    "Sahgal et al.",
    2013,
    "J Clin Oncol 31:3426",
    "vertebral compression fracture after SRS, 252 patients, 410 segments",
)
BOEHLING_2012 = Source(
    "Boehling et al.", 2012, "J Neurosurg Spine", "risk factors of vertebral compression fracture after SRS"
)
VERSTEEG_2018 = Source(
    "Versteeg et al.", 2018, "Front Oncol 8:626", "stereotactic radiotherapy, then stabilisation within 24 hours"
)
CHANG_2019 = Source(
    "Chang et al.", 2019, "Orthop Surg 11:552", "options for systemic treatment that remain, 100 operated patients"
)
BORIANI_1997 = Source("Boriani et al.", 1997, "Spine 22:1036", "the WBB staging system")
VASUDEVA_2017 = Source("Vasudeva et al.", 2017, "J Neurosurg Spine 26:275", "COPPER, 5 patients")
BERENSON_2011 = Source(
    "Berenson et al.", 2011, "Lancet Oncol 12:225", "balloon kyphoplasty for fractures in cancer (CAFE)"
)
MATSUMOTO_2013 = Source(
    "Matsumoto et al.", 2013, "Cancer 119:3496", "carbon-ion radiotherapy for sarcoma of the spine, 47 patients"
)
SCORAD_2019 = Source("Hoskin et al.", 2019, "JAMA, SCORAD", "one or five fractions for cord compression, 686 patients")
MARANZANO_2005 = Source(
    "Maranzano et al.", 2005, "J Clin Oncol 23:3358", "two short schedules of radiotherapy for cord compression"
)
PROVAN_2019 = Source(
    "Provan et al.", 2019, "Blood Adv 3:3780", "consensus on platelets before surgery, made for immune thrombocytopenia"
)
KATO_2013 = Source("Kato et al.", 2013, "J Orthop Sci", "38 patients with prostate cancer", "10.1007/s00776-013-0409-y")
GROMMES_2011 = Source("PMID 21509768", 2011, "Cancer", "epidural compression by germ-cell tumours, 29 patients")
KALEMKERIAN_2013 = Source(
    "Kalemkerian et al.", 2013, "J Natl Compr Canc Netw 11:78", "small-cell lung cancer", "10.6004/jnccn.2013.0011"
)
LIEVENS_2020 = Source(
    "Lievens et al.", 2020, "Radiother Oncol 148:157", "consensus of ESTRO and ASTRO on oligometastatic disease"
)
AOKI_2022 = Source(
    "Aoki et al.", 2022, "Head Neck", "carbon-ion radiotherapy of chordoma of C1-2 that cannot be resected, 19 patients"
)
IN_VIVO_2025 = Source("In Vivo", 2025, "39:2429", "case report, carbon ions for a chordoma at a compressed cord")
UGUR_2022 = Source(
    "Ugur et al.",
    2022,
    "Ann Jt",
    "revised Katagiri score in 183 operated patients, with the figures of the first cohort",
)

# Models that are handed off: where their inputs and figures were read
PEREIRA_2017 = Source(
    "Paulino Pereira et al.",
    2017,
    "J Surg Oncol 115:1019",
    "SORG nomogram in 100 operated patients",
    "10.1002/jso.24620",
)
KARHADE_30_DAY = Source(
    "Karhade et al.", 2019, "Neurosurgery, PMID 30476188", "30-day mortality after surgery, 1,790 patients"
)
YANG_2021 = Source("Yang et al.", 2021, "Spine J", "SORG machine-learning models in 427 operated patients, Taiwan")
SORG_FORM = Source(
    "SORG calculator", 2019, "sorg-apps.shinyapps.io/spinemetssurvival", "its fields, as a public program fills them in"
)
ANDERSON_2020 = Source(
    "Anderson et al.", 2020, "Clin Orthop Relat Res 478:808", "PATHFx 3.0", "10.1097/CORR.0000000000001081"
)
OGURA_2017 = Source(
    "Ogura et al.", 2017, "Clin Orthop Relat Res 475:2263", "inputs of PATHFx", "10.1007/s11999-017-5389-3"
)
PATHFX_SWEDEN_2022 = Source(
    "PATHFx in Sweden", 2022, "Brain Spine 2:101669", "PATHFx 3.0 in spinal metastases", "10.1016/j.bas.2022.101669"
)
PATHFX_FORM = Source(
    "PATHFx calculator", 2020, "www.pathfx.org", "its fields and ranges, as a public program fills them in"
)
BOLLEN_THESIS = Source("Bollen", 2015, "thesis", "who was left out of the model, and what its tree reads")
LEI_2016 = Source(
    "Lei et al.", 2016, "Spine 41:1469", "206 operated patients with cord compression", "10.1097/BRS.0000000000001538"
)
RADES_SURVIVAL_2008 = Source(
    "Rades et al.", 2008, "Cancer 112:157", "survival in 1,852 patients given radiotherapy", "10.1002/cncr.23150"
)
RADES_AMBULATORY_2008 = Source(
    "Rades et al.",
    2008,
    "Int J Radiat Oncol Biol Phys 72:905",
    "walking after radiotherapy in 2,096 patients",
    "10.1016/j.ijrobp.2008.02.018",
)
H2_FAILS = Source(
    "H2-FAILS", 2023, "abstract of the study, year not verified", "30-day mortality after surgery, 1,195 patients"
)
TRUONG_2023 = Source("Truong et al.", 2023, "127 patients with lung cancer, not operated", "seven survival scores")
