-- Rules shared by every subject of the domain layer. Read this file first.
--
-- What these files stand on: the per-metric views made by store/warehouse ("Gene", "Gene_daily", "ListadoRecursos" ...)
-- and run_info. What stands on them: boards, facts, API. Nothing reads lower than these views.
--
-- Quality of a day, from best to worst:
--   ok           every hour is there (or the metric is daily) and XM's value is settled enough to be quoted
--   corrected    the same, after a correction: XM changed the value, or the portal did (catalog/corrections.yml)
--   provisional  XM has published it but it still looks half built (newest days): in tables, marked; never quoted,
--                never in a line
--   incomplete   fewer than 24 hours: drawn in tables only
-- A headline, a fact and both sides of a variation use ok and corrected days only.

-- Quality of a day from the warehouse's own columns. hours is NULL for metrics that XM publishes by day or month.
CREATE OR REPLACE MACRO day_quality(hours, quality) AS
    CASE WHEN quality = 'provisional' THEN 'provisional'
         WHEN hours IS NOT NULL AND hours <> 24 THEN 'incomplete'
         WHEN quality = 'corrected' THEN 'corrected'
         ELSE 'ok' END;

-- A day that may be quoted.
CREATE OR REPLACE MACRO quotable(quality) AS quality IN ('ok', 'corrected');

-- Quality of a figure made of two: the worse one. A missing part says nothing (NULL stays out).
CREATE OR REPLACE MACRO worse_quality(a, b) AS
    CASE WHEN a = 'incomplete' OR b = 'incomplete' THEN 'incomplete'
         WHEN a = 'provisional' OR b = 'provisional' THEN 'provisional'
         WHEN a = 'corrected' OR b = 'corrected' THEN 'corrected'
         ELSE coalesce(a, b) END;

-- The word shown in tables beside each day.
CREATE OR REPLACE MACRO quality_word(quality) AS
    CASE quality WHEN 'ok' THEN 'Consolidado' WHEN 'corrected' THEN 'Corregido'
                 WHEN 'provisional' THEN 'Preliminar' WHEN 'incomplete' THEN 'Incompleto' END;

-- XM's lists mix 'SOLAR' and 'Solar', 'OPERACION' and 'Operación': compare on folded text.
CREATE OR REPLACE MACRO folded(text) AS upper(strip_accents(trim(text)));

-- Percentage change against a base; NULL when the base is unknown or zero.
CREATE OR REPLACE MACRO pct_change(now, base) AS
    CASE WHEN base <> 0 THEN (now - base) / abs(base) * 100 END;

-- Sums of doubles depend on the order of the rows in their last bits; 8 decimals of a GWh are 0.01 kWh, XM's own grain.
CREATE OR REPLACE MACRO tidy(value) AS round(value, 8);

-- XM writes names in capitals and without accents or ñ: 'EL QUIMBO' reads 'El Quimbo', 'PENOL' reads 'Peñol'. Roman
-- numerals, abbreviations with dots, codes with digits and words of one or two letters stay as they are.
CREATE OR REPLACE MACRO name_spelling() AS MAP {
    'DE': 'de', 'DEL': 'del', 'Y': 'y', 'EL': 'El', 'LA': 'La', 'RIO': 'Río', 'RIOS': 'Ríos', 'ESTIMADOS': 'estimados',
    '(ESTIMADOS)': '(estimados)', 'REGION': 'región', 'ALTOANCHICAYA': 'Alto Anchicayá', 'AMANI': 'Amaní',
    'AMOYA': 'Amoyá', 'BATA': 'Batá', 'BOGOTA': 'Bogotá', 'CALIMA1': 'Calima', 'CHINCHINA': 'Chinchiná',
    'CONCEPCION': 'Concepción', 'GUARINO': 'Guarinó', 'GUATAPE': 'Guatapé', 'MUNA': 'Muña', 'PENOL': 'Peñol',
    'PORCE2': 'Porce II', 'PORCE3': 'Porce III', 'PUNCHINA': 'Punchiná', 'RIOGRANDE2': 'Riogrande II', 'SINU': 'Sinú',
    'ATLANTICO': 'Atlántico', 'BOLIVAR': 'Bolívar', 'BOYACA': 'Boyacá', 'CORDOBA': 'Córdoba', 'GCM': 'GCM', 'NARINO': 'Nariño',
    'DESV.': 'Desv.', 'EEPPM': 'EEPPM', 'URRA': 'Urrá', 'URRA1': 'Urrá', 'MIEL1': 'Miel I', 'TEBSAB': 'TEBSAB', 'ZIPAEMG': 'ZIPAEMG'};

CREATE OR REPLACE MACRO proper_name(name) AS
    array_to_string([
        CASE WHEN map_contains(name_spelling(), folded(w)) THEN name_spelling()[folded(w)]
             WHEN regexp_full_match(w, '[IVX]+|[A-ZÑ]{1,2}|.*[0-9.(].*') THEN w
             ELSE upper(w[1]) || lower(w[2:]) END
        FOR w IN string_split(trim(name), ' ')], ' ');

-- Quality of a figure made of many rows: the worst of them (an aggregate).
CREATE OR REPLACE MACRO worst_of(quality) AS
    CASE WHEN bool_or(quality = 'provisional') THEN 'provisional'
         WHEN bool_or(quality = 'corrected') THEN 'corrected' ELSE 'ok' END;
