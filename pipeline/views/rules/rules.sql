-- Rules shared by every subject of the domain layer. Read this file first.
--
-- What these files stand on: the per-metric views made by store/warehouse ("Gene", "Gene_daily", "ListadoRecursos" ...)
-- and run_info. What stands on them: boards, facts, API. Nothing reads lower than these views.
--
-- The state of a value (published, doubtful, ...), its precedence and its words are declared in catalog/vocabularies.yml.
-- From them the warehouse makes the macros (catalog/value_states.py)
--   worst_of(quality)             state of a figure made of many rows (an aggregate): the worst of them
--   worse_quality(a, b)           the same of two; a missing part says nothing (NULL stays out)
--   quotable(quality)             whether it may be quoted: a headline, a fact, both sides of a variation, a line
--   day_quality(hours, quality)   state of a day: without its 24 hours it is preliminary
--   quality_word(quality)         the word shown in tables beside each day
--   quotable_words()              the text of the condition that says the same over a published file

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

-- The lists repeat a name with double blanks, or with 'N~' for 'Ñ': one company, not two.
CREATE OR REPLACE MACRO one_spelling(name) AS
    trim(regexp_replace(replace(replace(name, 'N~', 'Ñ'), 'n~', 'ñ'), '\s+', ' ', 'g'));

CREATE OR REPLACE MACRO proper_name(name) AS
    array_to_string([
        CASE WHEN map_contains(name_spelling(), folded(w)) THEN name_spelling()[folded(w)]
             WHEN regexp_full_match(w, '[IVX]+|[A-ZÑ]{1,2}|.*[0-9.(].*') THEN w
             ELSE upper(w[1]) || lower(w[2:]) END
        FOR w IN string_split(trim(name), ' ')], ' ');
