-- Facts of the boards of losses, constraints, reliability, emissions, exchanges, self-generation and El Niño, with the
-- columns of facts.sql, which adds them to the others. Ids: the series of catalog/series/network.yml and its suffixes.

CREATE OR REPLACE VIEW network_facts AS
-- how far behind the build the losses are; the day is the last settled one
SELECT 'perdidas', 'losses_lag', 'Días de rezago del dato de pérdidas', r.today - l.day, '#', 0, l.day, 'ok', 'level',
       'PerdidasEner'
FROM losses_last_day AS l, run_info AS r
UNION ALL
SELECT 'perdidas', 'losses_month_share', 'Pérdidas del STN en los últimos 30 días', sum(l.gwh) / sum(d.gwh) * 100, '%',
       2, max(l.day), 'ok', 'share', 'PerdidasEner,DemaCome'
FROM losses_daily AS l
JOIN demand_commercial_daily AS d USING (day)
JOIN losses_last_day AS e ON l.day > e.day - 30 AND l.day <= e.day
WHERE quotable(l.quality)
HAVING count(*) = 30
UNION ALL
SELECT 'autogeneracion', 'surplus_agents', 'Comercializadores que reportaron excedentes', d.agents, '#', 0, d.day,
       'ok', 'level', 'ExcedenteAGPE'
FROM surplus_daily AS d JOIN surplus_last_day USING (day);
