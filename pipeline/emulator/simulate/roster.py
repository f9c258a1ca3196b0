"""Who is who in the simulated system: plants, reservoirs, rivers and agents.

Names and codes are XM's public ones where they exist; sizes are rounded, and a few solar plants stand for many.
Simplification: a reservoir's energy is its whole cascade, so its releases feed several plants in fixed shares.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plant:
    """A generating plant.

    Attributes:
        cost: Offer of a thermal plant in 2024 money [COP/kWh]; 0 for the others.
        efficiency: Heat rate of a thermal plant [MBTU/MWh].
    """

    code: str
    name: str
    kind: str
    fuel: str
    megawatts: float
    owner: str
    area: str
    since: str = "1990-01-01"
    central: bool = True
    cost: float = 0.0
    heat_rate: float = 0.0
    record: str = "NORMAL"


@dataclass(frozen=True)
class Reservoir:
    """A reservoir and the plants its water moves.

    Attributes:
        gigawatt_hours: Useful capacity [GWh].
        cubic_hectometres: Useful capacity [hm3].
        plants: (plant code, share of the released energy).
    """

    code: str
    name: str
    region: str
    gigawatt_hours: float
    cubic_hectometres: float
    plants: tuple[tuple[str, float], ...]

    @property
    def kilowatt_hours_per_m3(self) -> float:
        """Energy of one cubic metre [kWh/m3], constant by simplification."""
        return self.gigawatt_hours / self.cubic_hectometres


@dataclass(frozen=True)
class River:
    """A river series: mean energy inflow [GWh/d] and the reservoir it feeds ("" = run of river)."""

    code: str
    name: str
    region: str
    mean: float
    reservoir: str = ""
    plants: tuple[tuple[str, float], ...] = ()
    density: float = 1.0
    since: str = "1990-01-01"


def _hydro(code: str, name: str, mw: float, owner: str, area: str, since: str = "1990-01-01") -> Plant:
    return Plant(code, name, "HIDRAULICA", "AGUA", mw, owner, area, since)


def _thermal(code: str, name: str, fuel: str, mw: float, owner: str, area: str, cost: float, heat: float) -> Plant:
    record = "CICLO COMBINADO" if name.endswith(" CC") else "NORMAL"
    return Plant(code, name, "TERMICA", fuel, mw, owner, area, "1998-01-01", True, cost, heat, record)


PLANTS: tuple[Plant, ...] = (
    _hydro("SNCR", "SAN CARLOS", 1240, "ISGG", "ANTIOQUIA"),
    _hydro("GVIO", "GUAVIO", 1250, "ENDG", "ORIENTAL"),
    _hydro("PES1", "ITUANGO", 1200, "EPMG", "ANTIOQUIA", "2022-11-30"),
    _hydro("CHVR", "CHIVOR", 1000, "CHVG", "ORIENTAL"),
    _hydro("SOG1", "SOGAMOSO", 819, "ISGG", "NORDESTE", "2014-12-20"),
    _hydro("PRC3", "PORCE III", 700, "EPMG", "ANTIOQUIA"),
    _hydro("PGUG", "PAGUA", 600, "ENDG", "ORIENTAL"),
    _hydro("GTPE", "GUATAPE", 560, "EPMG", "ANTIOQUIA"),
    _hydro("CHBG", "BETANIA", 540, "ENDG", "SUROCCIDENTAL"),
    _hydro("GTRG", "GUATRON", 512, "EPMG", "ANTIOQUIA"),
    _hydro("ALBG", "ALBAN", 427, "EPSG", "SUROCCIDENTAL"),
    _hydro("PRC2", "PORCE II", 405, "EPMG", "ANTIOQUIA"),
    _hydro("QUI1", "EL QUIMBO", 400, "ENDG", "SUROCCIDENTAL", "2015-11-16"),
    _hydro("HMLG", "MIEL I", 396, "ISGG", "ANTIOQUIA"),
    _hydro("URA1", "URRA", 338, "EMUG", "CARIBE"),
    _hydro("SLVJ", "SALVAJINA", 315, "EPSG", "SUROCCIDENTAL"),
    _hydro("LTSJ", "LA TASAJERA", 306, "EPMG", "ANTIOQUIA"),
    _hydro("PLYS", "PLAYAS", 207, "EPMG", "ANTIOQUIA"),
    _hydro("JAGS", "JAGUAS", 170, "ISGG", "ANTIOQUIA"),
    _hydro("DVS1", "DARIO VALENCIA SAMPER", 150, "ENDG", "ORIENTAL"),
    _hydro("SNFR", "SAN FRANCISCO", 135, "EPMG", "SUROCCIDENTAL"),
    _hydro("CLMG", "CALIMA", 132, "EPSG", "SUROCCIDENTAL"),
    Plant(
        "MOY1",
        "AMOYA LA ESPERANZA",
        "HIDRAULICA",
        "AGUA",
        80,
        "ISGG",
        "SUROCCIDENTAL",
        "2013-05-24",
        record="FILO DE AGUA",
    ),
    Plant("SMI1", "SAN MIGUEL", "HIDRAULICA", "AGUA", 50, "ISGG", "ANTIOQUIA", "2010-01-01", record="FILO DE AGUA"),
    Plant(
        "2QBW", "EL POPAL", "HIDRAULICA", "AGUA", 19.9, "ISGG", "ANTIOQUIA", "2000-01-01", False, record="FILO DE AGUA"
    ),
    _thermal("TBST", "TEBSAB CC", "GAS", 791, "TBSG", "CARIBE", 300, 7.3),
    _thermal("TCDT", "TERMOCANDELARIA CC", "GAS", 555, "TCIG", "CARIBE", 420, 7.4),
    _thermal("TFL4", "FLORES 4 CC", "GAS", 445, "TMFG", "CARIBE", 330, 7.2),
    _thermal("TSR1", "TERMOSIERRA CC", "ACPM", 433, "EPMG", "ANTIOQUIA", 1180, 7.0),
    _thermal("TRM1", "TERMOCENTRO CC", "GAS", 272, "ISGG", "NORDESTE", 640, 7.4),
    _thermal("GE32", "GECELCA 32", "CARBON", 270, "GECG", "CARIBE", 260, 9.8),
    _thermal("TVL1", "TERMOVALLE CC", "ACPM", 241, "TMFG", "SUROCCIDENTAL", 1120, 7.1),
    _thermal("TEC1", "TERMOEMCALI CC", "ACPM", 229, "CHVG", "SUROCCIDENTAL", 1060, 7.2),
    _thermal("3ENA", "TESORITO", "GAS", 200, "EPSG", "CARIBE", 480, 8.4),
    _thermal("TSJ2", "TASAJERO 2", "CARBON", 170, "TRMG", "NORDESTE", 205, 9.2),
    _thermal("TSJ1", "TASAJERO 1", "CARBON", 165, "TRMG", "NORDESTE", 220, 9.4),
    _thermal("PPA4", "PAIPA 4", "CARBON", 165, "SOCG", "NORDESTE", 230, 9.1),
    _thermal("GEC3", "GECELCA 3", "CARBON", 164, "GECG", "CARIBE", 275, 10.9),
    _thermal("MRL1", "MERILECTRICA 1", "GAS", 164, "EPSG", "NORDESTE", 760, 9.6),
    _thermal("TGJ1", "GUAJIRA 1", "CARBON", 145, "GECG", "CARIBE", 290, 10.3),
    _thermal("TGJ2", "GUAJIRA 2", "CARBON", 130, "GECG", "CARIBE", 310, 10.4),
    _thermal("TRN1", "TERMONORTE", "COMBUSTOLEO", 88, "TCIG", "CARIBE", 920, 8.6),
    Plant("EPFV", "EL PASO", "SOLAR", "RAD SOLAR", 86, "ENDG", "CARIBE", "2019-04-01"),
    Plant("2ZP9", "TRINA-VATIA BSLI", "SOLAR", "RAD SOLAR", 250, "ISGG", "ORIENTAL", "2021-01-15", False),
    Plant("3E46", "LA LOMA", "SOLAR", "RAD SOLAR", 300, "ENDG", "CARIBE", "2022-03-01"),
    Plant("3IRX", "PORTON DEL SOL", "SOLAR", "RAD SOLAR", 250, "GECG", "ORIENTAL", "2023-11-08"),
    Plant("3LUN", "LA UNION", "SOLAR", "RAD SOLAR", 350, "EPSG", "CARIBE", "2023-12-15"),
    Plant("3GYP", "GUAYEPO", "SOLAR", "RAD SOLAR", 500, "ENDG", "CARIBE", "2024-04-20"),
    Plant("4FND", "FUNDACION", "SOLAR", "RAD SOLAR", 400, "ENDG", "CARIBE", "2024-09-10"),
    Plant("4PDO", "PUERTA DE ORO", "SOLAR", "RAD SOLAR", 1650, "CHVG", "ORIENTAL", "2025-07-01"),
    Plant("3EE4", "PARQUE EOLICO GUAJIRA I", "EOLICA", "VIENTO", 20, "ISGG", "CARIBE", "2022-01-15", False),
    Plant("3EXH", "PARQUE EÓLICO WESP01", "EOLICA", "VIENTO", 41, "ISGG", "CARIBE", "2022-11-01", False),
    Plant(
        "INC1",
        "INCAUCA 1",
        "COGENERADOR",
        "BAGAZO",
        60,
        "EPSG",
        "SUROCCIDENTAL",
        "1998-10-21",
        False,
        record="COGENERADOR",
    ),
    Plant(
        "CGM1",
        "MAYAGUEZ 1",
        "COGENERADOR",
        "BAGAZO",
        40,
        "EPSG",
        "SUROCCIDENTAL",
        "2009-01-01",
        False,
        record="COGENERADOR",
    ),
    Plant(
        "PNC1",
        "COGENERADOR PROENCA",
        "COGENERADOR",
        "BAGAZO",
        30,
        "EPSG",
        "SUROCCIDENTAL",
        "2012-04-29",
        False,
        record="COGENERADOR",
    ),
    Plant(
        "2SXQ", "BIOENERGY", "COGENERADOR", "BAGAZO", 30, "CHVG", "ORIENTAL", "2017-04-22", False, record="COGENERADOR"
    ),
)

RESERVOIRS: tuple[Reservoir, ...] = (
    Reservoir("PENOL", "PENOL", "ANTIOQUIA", 4120.5, 1071.0, (("GTPE", 0.5), ("PLYS", 0.1), ("SNCR", 0.4))),
    Reservoir("AGREGADO", "AGREGADO BOGOTA", "CENTRO", 3992.0, 835.0, (("PGUG", 0.85), ("DVS1", 0.15))),
    Reservoir("GUAVIO", "GUAVIO", "ORIENTE", 1449.1, 690.0, (("GVIO", 1.0),)),
    Reservoir("ESMERALD", "ESMERALDA", "ORIENTE", 1125.1, 570.0, (("CHVR", 1.0),)),
    Reservoir("ELQUIMBO", "EL QUIMBO", "CENTRO", 1073.6, 2350.0, (("QUI1", 0.62), ("CHBG", 0.38))),
    Reservoir("SOGAMOSO", "TOPOCORO", "CENTRO", 1033.5, 2650.0, (("SOG1", 1.0),)),
    Reservoir("CHUZA", "CHUZA", "ORIENTE", 971.2, 215.0, (("GVIO", 1.0),)),
    Reservoir("RIOGRAN2", "RIOGRANDE2", "ANTIOQUIA", 546.2, 138.8, (("LTSJ", 0.58), ("PRC2", 0.17), ("PRC3", 0.25))),
    Reservoir("SALVAJIN", "SALVAJINA", "VALLE", 529.6, 500.0, (("SLVJ", 1.0),)),
    Reservoir("MIRAFLOR", "MIRAFLORES", "ANTIOQUIA", 456.0, 121.0, (("GTRG", 0.7), ("PRC2", 0.1), ("PRC3", 0.2))),
    Reservoir("SANLOREN", "SAN LORENZO", "ANTIOQUIA", 425.1, 161.5, (("JAGS", 0.35), ("PLYS", 0.15), ("SNCR", 0.5))),
    Reservoir("ITUANGO", "ITUANGO", "ANTIOQUIA", 261.0, 540.0, (("PES1", 1.0),)),
    Reservoir("MIEL1", "AMANI", "CALDAS", 233.6, 474.0, (("HMLG", 1.0),)),
    Reservoir("CALIMA1", "CALIMA1", "VALLE", 219.1, 424.0, (("CLMG", 1.0),)),
    Reservoir("URRA1", "URRA1", "CARIBE", 162.3, 1100.0, (("URA1", 1.0),)),
    Reservoir("PORCE3", "PORCE III", "ANTIOQUIA", 235.1, 170.0, (("PRC2", 0.35), ("PRC3", 0.65))),
    Reservoir("BETANIA", "BETANIA", "CENTRO", 120.6, 736.3, (("CHBG", 1.0),)),
    Reservoir("PUNCHINA", "PUNCHINA", "ANTIOQUIA", 160.2, 92.0, (("PLYS", 0.1), ("SNCR", 0.9))),
)

RIVERS: tuple[River, ...] = (
    River("PENONARE", "NARE CP", "ANTIOQUIA", 19.0, "PENOL"),
    River("ALICBOGO", "BOGOTA N.R.", "CENTRO", 13.5, "AGREGADO"),
    River("GUAVGUAV", "GUAVIO", "ORIENTE", 17.5, "GUAVIO"),
    River("ESMEBATA", "BATA", "ORIENTE", 12.5, "ESMERALD"),
    River("QUIMMAGD", "EL QUIMBO", "CENTRO", 14.0, "ELQUIMBO", since="2015-11-16"),
    River("SOGASOGA", "SOGAMOSO", "CENTRO", 13.5, "SOGAMOSO", since="2014-12-20"),
    River("EMBACHUZ", "CHUZA", "ORIENTE", 5.0, "CHUZA"),
    River("RGR2RGRD", "GRANDE", "ANTIOQUIA", 11.0, "RIOGRAN2"),
    River("SALVCAUC", "CAUCA SALVAJINA", "VALLE", 5.0, "SALVAJIN"),
    River("MIRFTENC", "TENCHE", "ANTIOQUIA", 2.5, "MIRAFLOR"),
    River("TRONGUAD", "GUADALUPE", "ANTIOQUIA", 7.0, "MIRAFLOR"),
    River("SLORNARE", "A. SAN LORENZO", "ANTIOQUIA", 8.0, "SANLOREN"),
    River("ITUACAUC", "ITUANGO", "ANTIOQUIA", 41.0, "ITUANGO", since="2022-11-30"),
    River("PTEHMIEL", "MIEL I", "CALDAS", 7.5, "MIEL1"),
    River("CAL1CALM", "CALIMA", "VALLE", 1.2, "CALIMA1"),
    River("URR1SINU", "SINU URRA", "CARIBE", 4.8, "URRA1"),
    River("PP-2POR1", "PORCE2 CP", "ANTIOQUIA", 7.0, "PORCE3"),
    River("PP-3PORC", "PORCE III", "ANTIOQUIA", 4.0, "PORCE3"),
    River("BETAMAG1", "BETANIA CP", "CENTRO", 3.5, "BETANIA"),
    River("PUNCGUAT", "SAN CARLOS", "ANTIOQUIA", 5.0, "PUNCHINA"),
    River("PLAYGUAT", "GUATAPE", "ANTIOQUIA", 4.5, "PUNCHINA"),
    River("ALTOANCH", "ALTOANCHICAYA", "VALLE", 5.0, "", (("ALBG", 1.0),), 1.05),
    River("SMIGCALD", "SAN MIGUEL", "ANTIOQUIA", 0.8, "", (("SMI1", 1.0),), 0.45),
    River("AMOYAMOY", "AMOYA", "CENTRO", 1.2, "", (("MOY1", 1.0),), 1.25),
    River("OTRSRIOS", "OTROS RIOS (ESTIMADOS)", "RIOS ESTIMADOS", 3.0, "", (("SNFR", 0.87), ("2QBW", 0.13)), 0.7),
)

RETAILERS: tuple[tuple[str, str, float, float], ...] = (
    # code, name, weight in the regulated market, weight in the other one
    ("ENDC", "ENEL COLOMBIA S.A. E.S.P.", 0.205, 0.16),
    ("EPMC", "EMPRESAS PUBLICAS DE MEDELLIN E.S.P.", 0.155, 0.14),
    ("CSSC", "AIR-E S.A.S. E.S.P.", 0.150, 0.03),
    ("CMMC", "CARIBEMAR DE LA COSTA S.A.S. E.S.P.", 0.150, 0.03),
    ("EPSC", "CELSIA COLOMBIA S.A. E.S.P.", 0.055, 0.09),
    ("ISGC", "ISAGEN S.A. E.S.P.", 0.0, 0.22),
    ("GECC", "GECELCA S.A. E.S.P.", 0.0, 0.16),
    ("EMIC", "EMPRESAS MUNICIPALES DE CALI E.I.C.E. E.S.P.", 0.062, 0.04),
    ("ESSC", "ELECTRIFICADORA DE SANTANDER S.A. E.S.P.", 0.048, 0.03),
    ("CNSC", "CENTRALES ELECTRICAS DEL NORTE DE SANTANDER S.A. E.S.P.", 0.040, 0.02),
    ("CHCC", "CENTRAL HIDROELECTRICA DE CALDAS S.A. E.S.P.", 0.062, 0.03),
    ("VATC", "VATIA S.A. E.S.P.", 0.073, 0.05),
)

GENERATORS: tuple[tuple[str, str], ...] = (
    ("ENDG", "ENEL COLOMBIA S.A. E.S.P."),
    ("EPMG", "EMPRESAS PUBLICAS DE MEDELLIN E.S.P."),
    ("ISGG", "ISAGEN S.A. E.S.P."),
    ("CHVG", "AES COLOMBIA & CIA. S.C.A. E.S.P."),
    ("EPSG", "CELSIA COLOMBIA S.A. E.S.P."),
    ("TBSG", "TERMOBARRANQUILLA S.A. E.S.P."),
    ("TCIG", "TERMOCANDELARIA S.C.A. E.S.P."),
    ("GECG", "GECELCA S.A. E.S.P."),
    ("TMFG", "ENFRAGEN TERMOFLORES S.A.S. E.S.P."),
    ("EMUG", "EMPRESA URRA S.A. E.S.P."),
    ("TRMG", "TERMOTASAJERO S.A. E.S.P."),
    ("SOCG", "COMPAÑÍA ELÉCTRICA DE SOCHAGOTA S.A.S. E.S.P."),
)

DISTRIBUTORS: tuple[tuple[str, str, float], ...] = (
    ("ENDD", "ENEL COLOMBIA S.A. E.S.P.", 0.213),
    ("EPMD", "EMPRESAS PUBLICAS DE MEDELLIN E.S.P.", 0.168),
    ("CMMD", "CARIBEMAR DE LA COSTA S.A.S. E.S.P.", 0.142),
    ("CSSD", "AIR-E S.A.S. E.S.P.", 0.137),
    ("EPSD", "CELSIA COLOMBIA S.A. E.S.P.", 0.094),
    ("EMID", "EMPRESAS MUNICIPALES DE CALI E.I.C.E. E.S.P.", 0.060),
    ("ESSD", "ELECTRIFICADORA DE SANTANDER S.A. E.S.P.", 0.060),
    ("CHCD", "CENTRAL HIDROELECTRICA DE CALDAS S.A. E.S.P.", 0.046),
    ("CNSD", "CENTRALES ELECTRICAS DEL NORTE DE SANTANDER S.A. E.S.P.", 0.040),
    ("EBSD", "EMPRESA DE ENERGIA DE BOYACA S.A. E.S.P.", 0.040),
)

CARRIERS: tuple[tuple[str, str], ...] = (
    ("ISAT", "INTERCOLOMBIA S.A. E.S.P."),
    ("EEBT", "GRUPO ENERGIA BOGOTA S.A. E.S.P."),
)

TRADER = ("CNCC", "COORDINADOR DE INTERCAMBIOS (XM)")

MARKETS: tuple[tuple[str, float, float], ...] = (
    # name, weight of its regulated demand, weight of the rest
    ("BOGOTA - CUNDINAMARCA", 0.235, 0.20),
    ("ANTIOQUIA", 0.165, 0.18),
    ("CARIBE MAR", 0.155, 0.13),
    ("CARIBE SOL", 0.152, 0.12),
    ("VALLE DEL CAUCA", 0.065, 0.11),
    ("CALI - YUMBO - PUERTO TEJADA", 0.062, 0.06),
    ("SANTANDER", 0.050, 0.06),
    ("CALDAS", 0.036, 0.03),
    ("NORTE DE SANTANDER", 0.036, 0.03),
    ("BOYACA", 0.024, 0.05),
    ("META", 0.020, 0.03),
)

ACTIVITIES: tuple[tuple[str, str, str, float], ...] = (
    ("INDUSTRIAS MANUFACTURERAS", "INDUSTRIAS BÁSICAS DE HIERRO Y DE ACERO", "2410", 0.13),
    ("INDUSTRIAS MANUFACTURERAS", "FABRICACIÓN DE CEMENTO, CAL Y YESO", "2394", 0.12),
    ("INDUSTRIAS MANUFACTURERAS", "FABRICACIÓN DE PLÁSTICOS EN FORMAS PRIMARIAS", "2013", 0.13),
    ("EXPLOTACIÓN DE MINAS Y CANTERAS", "EXTRACCIÓN DE PETRÓLEO CRUDO", "0610", 0.24),
    ("EXPLOTACIÓN DE MINAS Y CANTERAS", "EXTRACCIÓN DE MINERALES DE NÍQUEL", "0723", 0.07),
    (
        "COMERCIO AL POR MAYOR Y AL POR MENOR",
        "COMERCIO AL POR MENOR EN ESTABLECIMIENTOS NO ESPECIALIZADOS",
        "4711",
        0.09,
    ),
    ("AGRICULTURA, GANADERÍA, CAZA, SILVICULTURA Y PESCA", "CRÍA DE AVES DE CORRAL", "0145", 0.06),
    ("DISTRIBUCIÓN DE AGUA", "CAPTACIÓN, TRATAMIENTO Y DISTRIBUCIÓN DE AGUA", "3600", 0.06),
    ("ADMINISTRACIÓN PÚBLICA Y DEFENSA", "ACTIVIDADES EJECUTIVAS DE LA ADMINISTRACIÓN PÚBLICA", "8412", 0.05),
    (
        "ACTIVIDADES DE ATENCIÓN DE LA SALUD HUMANA",
        "ACTIVIDADES DE HOSPITALES Y CLÍNICAS, CON INTERNACIÓN",
        "8610",
        0.05,
    ),
)

AREAS: tuple[str, ...] = ("ANTIOQUIA", "CARIBE", "NORDESTE", "ORIENTAL", "SUROCCIDENTAL")
SUBAREAS: tuple[tuple[str, str], ...] = (
    ("ANTIOQUIA", "ANTIOQUIA"),
    ("ATLANTICO", "CARIBE"),
    ("BOLIVAR", "CARIBE"),
    ("CORDOBA_SUCRE", "CARIBE"),
    ("GCM", "CARIBE"),
    ("SANTANDER", "NORDESTE"),
    ("BOYACA-CASANARE", "NORDESTE"),
    ("BOGOTA", "ORIENTAL"),
    ("META", "ORIENTAL"),
    ("VALLE", "SUROCCIDENTAL"),
    ("CAUCA-NARINO", "SUROCCIDENTAL"),
)
LINKS: tuple[tuple[str, float], ...] = (("ECUADOR 230", 0.97), ("ECUADOR 138", 0.03))
