-- Claims: true statements of the day, the only things that a text may say. A sentence is a claim written by a grammar
-- (narrate/grammar.py); nobody, human or model, writes a figure beside it.
--
-- claim(id, kind, boards, subject, scope, figures, parts, words, days, unit, decimals, day, period, state, version,
--       significance, metrics, sql)
--   id            the same from day to day: value.price, compare.demand.year, rank.price.high, record.reserves.low,
--                 run.inflows.below, threshold.hsin, composition.generation, balance.firm, forecast.demand,
--                 event.state, contrast.hydro_thermal
--   kind          value, comparison, rank, run, threshold, composition, balance, forecast, event, contrast
--   boards        boards whose question it helps to answer: what their files declare under `tells`
--   figures       named numbers in `unit`; change: per cent, points of a percentage, degrees; span: days behind it
--   parts         of a composition: part → share [%], the greatest first
--   words, days   named words (said: the subject with its article) and named days
--   day, period   the day it is about (the first of a month); day, month, month_past, month_to_date, next_week ...
--   state         state of the value (catalog/vocabularies.yml); version: last published, or final
--   significance  how unusual against its own past × how many it touches, 0 to 1
--   sql           a query that gives its figures again; over published tables it runs in the console of the site

-- What a kind is worth as news; declared once.
CREATE OR REPLACE TABLE claim_kind AS
FROM (VALUES ('threshold', 1.0), ('event', 0.95), ('rank', 0.85), ('comparison', 0.9), ('run', 0.7), ('contrast', 0.75),
             ('balance', 0.8), ('composition', 0.8), ('forecast', 0.6), ('value', 0.5)) AS t (kind, weight);

CREATE OR REPLACE TABLE claim_plain AS
WITH every AS (
    FROM claim_value UNION ALL FROM claim_comparison UNION ALL FROM claim_to_date UNION ALL FROM claim_rank
    UNION ALL FROM claim_run UNION ALL FROM claim_record UNION ALL FROM claim_record_event
    UNION ALL FROM claim_forecast UNION ALL FROM claim_threshold UNION ALL FROM claim_composition
    UNION ALL FROM claim_balance UNION ALL FROM claim_other_value UNION ALL FROM claim_month
    UNION ALL FROM claim_event
), allowed AS (
    -- two claims that the catalogue lets stand against each other, where each goes the declared way
    SELECT 'contrast.' || r.id AS id, 'contrast' AS kind, 'contrast_' || r.id AS subject, 'país' AS scope,
           MAP {'left': l.figures['change'], 'right': g.figures['change'], 'span': l.figures['span'],
                'other_span': g.figures['span']} AS figures,
           MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
           MAP {'said': l.words['said'], 'share_of': l.words['share_of'], 'other': g.words['said'],
                'other_share_of': g.words['share_of'], 'link': r.link, 'against': l.words['against'],
                'left': r."left", 'right': r."right", 'other_unit': g.unit} AS words,
           MAP {'other': g.day} AS days, l.unit, 1 AS decimals, l.day, 'day' AS period, l.quality,
           l.metrics || ',' || g.metrics AS metrics,
           0.3 + 0.5 * least(l.odd, g.odd) AS odd,
           'SELECT l.cambio AS primero, r.cambio AS segundo FROM (' || l.sql || ') AS l, (' || g.sql || ') AS r' AS sql
    FROM contrast_rule AS r JOIN every AS l ON l.id = r."left" JOIN every AS g ON g.id = r."right"
    WHERE l.words['against'] = g.words['against'] AND abs(l.day - g.day) <= 7
      AND round(l.figures['change'], 1) <> 0 AND round(g.figures['change'], 1) <> 0
      AND (l.figures['change'] > 0) = (r.ways[1] = 'up') AND (g.figures['change'] > 0) = (r.ways[2] = 'up')
)
SELECT * FROM every WHERE quotable(quality)
UNION ALL
SELECT * FROM allowed WHERE quotable(quality);

CREATE OR REPLACE TABLE claim AS
WITH told AS (
    SELECT c.id, list(DISTINCT t.board ORDER BY t.board) AS boards
    FROM claim_plain AS c
    JOIN board_tells AS t ON t.series = c.subject OR t.pattern <> '' AND c.id GLOB t.pattern
    GROUP BY c.id
)
SELECT c.id, c.kind, coalesce(t.boards, []) AS boards, c.subject, c.scope, c.figures, c.parts, c.words, c.days, c.unit,
       CAST(c.decimals AS INTEGER) AS decimals, CAST(c.day AS DATE) AS day, c.period, c.quality AS state,
       CASE c.quality WHEN 'final' THEN 'definitiva' ELSE 'última publicada' END AS version,
       round(least(1, k.weight * c.odd * (0.5 + 0.1 * len(coalesce(t.boards, []))
                                          + CASE WHEN list_contains(coalesce(t.boards, []), 'inicio') THEN 0.3
                                                  ELSE 0 END)), 4)
           AS significance,
       string_split(c.metrics, ',') AS metrics, c.sql
FROM claim_plain AS c JOIN claim_kind AS k USING (kind) LEFT JOIN told AS t USING (id)
ORDER BY c.id;
