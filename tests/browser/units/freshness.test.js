import assert from "node:assert/strict";
import { test } from "node:test";
import { warningAt } from "../../../site_src/js/lib/freshness.js";

const portal = {
  pie: "",
  avisos: [
    { desde: "2026-11-22T05:40-05:00", titulo: "Portal sin renovar", texto: "" },
    { desde: "2026-11-21T00:00-05:00", titulo: "Datos atrasados", texto: "" },
  ],
};

test("a reader is warned from the moment given, of the portal before its data", () => {
  assert.equal(warningAt(portal, Date.parse("2026-11-20T23:00-05:00")), undefined);
  assert.equal(warningAt(portal, Date.parse("2026-11-21T12:00-05:00"))?.titulo, "Datos atrasados");
  assert.equal(warningAt(portal, Date.parse("2026-11-22T12:00-05:00"))?.titulo, "Portal sin renovar");
});
