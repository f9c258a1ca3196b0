// DuckDB in the browser, behind one small adapter: boot, tables by name, run, stop. No page element is touched here.
//
// The worker is a blob on purpose: a blob worker inherits the page's policy, so that SQL which asks for another
// origin is refused by the browser; a worker loaded from its own file would not inherit it.
import { addressed, dated } from "./series-files.js";
import { ROOT } from "./site.js";
import { asText, catalogueTable, copyOf, describe, isRead, named, tablesOf } from "./statements.js";

/** @typedef {import("./series-files.js").Names} Names */
/** @typedef {import("./statements.js").Entry} Entry */

const VENDOR = new URL("assets/vendor/", ROOT);
const DATA = new URL("datos/", ROOT);
const BOOT_LIMIT = 15_000; // [ms] when all of the engine is here: a slow host has all the time it needs
const WHOLE_LIMIT = 32 * 2 ** 20; // [B]; above it, files are read by ranges
const QUERY_LIMIT = 10_000; // [ms] when the data is in memory
const RANGE_QUERY_LIMIT = 60_000; // [ms] when the query also waits for the network
export const ROW_LIMIT = 10_000;

/** A fault whose message is Spanish already. */
export class EngineError extends Error {
  /**
   * @param {string} message
   * @param {string} [detail]
   */
  constructor(message, detail = "") {
    super(message);
    this.detail = detail;
  }
}

/**
 * What a query is ended with when its reader stops it.
 * @returns {EngineError}
 */
const stopped = () => new EngineError("Consulta detenida. La próxima inicia un motor nuevo.");

/** @param {URL} url */
async function fetchJson(url) {
  const answer = await fetch(url, { cache: "no-cache" });
  if (!answer.ok) throw new EngineError("No se pudo leer la lista de archivos de datos. Recargue la página.", `${answer.status} ${url.pathname}`);
  return answer.json();
}

/**
 * Read a file, telling each piece that comes, and check its hash.
 * @param {URL} url
 * @param {string} expected SHA-256; "" of a file whose address does not change with its bytes
 * @param {AbortSignal} signal ends the download
 * @param {(size: number) => void} onProgress
 */
async function fetchBytes(url, expected, signal, onProgress) {
  let answer;
  try {
    // What lies at an address that stays may be another file than the one the browser keeps.
    answer = await fetch(url, expected ? { signal } : { signal, cache: "no-cache" });
  } catch {
    if (signal.aborted) throw stopped();
    throw new EngineError("No hay conexión con el portal. Revise la red y vuelva a intentarlo.", url.pathname);
  }
  if (!answer.ok || !answer.body) {
    throw new EngineError("Un archivo ya no está en el portal: los datos se actualizaron. Recargue la página.", `${answer.status} ${url.pathname}`);
  }
  const chunks = [];
  let size = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw signal.aborted ? stopped() : new EngineError("La descarga se cortó. Revise la red y vuelva a intentarlo.", String(error));
    });
    if (done) break;
    chunks.push(value);
    size += value.length;
    onProgress(value.length);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (expected && globalThis.crypto?.subtle) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== expected) {
      throw new EngineError("Un archivo llegó incompleto o cambió en el camino. Recargue la página y vuelva a intentarlo.", url.pathname);
    }
  }
  return bytes;
}

/**
 * Wait for a promise until its time is over or its reader stops it, whichever is first; nothing of it acts later.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @param {number} milliseconds
 * @param {string} message
 * @returns {Promise<T>}
 */
function within(promise, signal, milliseconds, message) {
  return new Promise((resolve, reject) => {
    const end = () => reject(stopped());
    const timer = setTimeout(() => reject(new EngineError(message)), milliseconds);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    });
  });
}

/**
 * Start the worker; `failed` ends only when it cannot run.
 * @param {Uint8Array<ArrayBuffer>} script
 * @returns {{ worker: Worker, failed: Promise<never> }}
 */
function startWorker(script) {
  const blob = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(blob);
  URL.revokeObjectURL(blob);
  /** @type {Promise<never>} */
  const failed = new Promise((_, reject) => {
    worker.addEventListener("error", (event) => reject(new EngineError("El navegador no dejó iniciar el motor de consultas.", event.message)), { once: true });
  });
  failed.catch(() => undefined);
  return { worker, failed };
}

/** A running DuckDB.
 * @typedef {{ database: Database, connection: Connection, http: number }} Running
 */

export class Engine {
  /** @type {Worker | null} */
  #worker = null;
  /** Ends with the engine that it stands for: what waits for that one waits no longer. */
  #life = new AbortController();
  /** @type {Running | null} */
  #running = null;
  /** @type {Set<string>} */
  #registered = new Set();
  /** @type {Map<string, Entry> | null} */
  #tables = null;
  /** @type {Metric[]} those with data */
  #catalogue = [];
  /** @type {PublishedTable[]} */
  #others = [];
  #ranged = false;
  #onStatus;

  /** @param {(text: string) => void} onStatus */
  constructor(onStatus) {
    this.#onStatus = onStatus;
  }

  /** Read the manifest and the catalogue; cheap, no engine. */
  async describe() {
    await this.#read();
    return this.#catalogue;
  }

  /** The tables that are no metric, with their columns. */
  async others() {
    await this.#read();
    return this.#others;
  }

  async #read() {
    if (this.#tables) return this.#tables;
    const [manifest, names, catalogue] = await Promise.all([
      /** @type {Promise<{ parts: Part[] }>} */ (fetchJson(new URL("manifest.json", DATA))),
      /** @type {Promise<Names>} */ (fetchJson(new URL("series.json", DATA))),
      /** @type {Promise<{ metricas: Metric[], tablas: PublishedTable[], dias: Record<string, string> }>} */ (fetchJson(new URL("api/v1/metricas.json", ROOT))),
    ]);
    const tables = tablesOf(catalogue.metricas, addressed(manifest.parts, names), catalogue.tablas, catalogue.dias);
    this.#catalogue = catalogue.metricas.filter((metric) => tables.has(metric.id.toLowerCase()));
    this.#others = catalogue.tablas;
    this.#tables = tables;
    return tables;
  }

  /** @returns {Promise<Running>} */
  async #boot() {
    if (this.#running) return this.#running;
    const { signal } = this.#life;
    /** @type {{ files: Record<string, { bytes: number, sha256: string }> }} */
    const { files } = await fetchJson(new URL("manifest.json", VENDOR));
    const names = ["duckdb/duckdb-eh.worker.js", "duckdb/duckdb-eh.wasm"];
    const total = names.reduce((sum, name) => sum + (files[name]?.bytes ?? 0), 0) || 1;
    let loaded = 0;
    // Each file is fetched once and checked; the engine has these bytes, whatever the host says of keeping them.
    const [script, wasm] = await Promise.all(names.map((name) => fetchBytes(new URL(name, VENDOR), files[name]?.sha256 ?? "", signal, (size) => {
      loaded += size;
      this.#onStatus(`Cargando el motor de consultas: ${Math.round((100 * loaded) / total)} %`);
    })));
    const { AsyncDuckDB, VoidLogger, DuckDBDataProtocol } = await import(new URL("duckdb/duckdb.js", VENDOR).href);
    if (signal.aborted || !script || !wasm) throw stopped();
    this.#onStatus("Iniciando el motor de consultas…");
    const { worker, failed } = startWorker(script);
    this.#worker = worker;
    /** @type {Database} */
    const database = new AsyncDuckDB(new VoidLogger(), worker);
    const module = URL.createObjectURL(new Blob([wasm], { type: "application/wasm" }));
    const start = async () => {
      await database.instantiate(module);
      await database.open({ path: ":memory:", query: { castTimestampToDate: false } });
      const connection = await database.connect();
      for (const statement of catalogueTable(this.#catalogue)) await connection.query(statement);
      return { database, connection, http: DuckDBDataProtocol.HTTP };
    };
    try {
      this.#running = await within(Promise.race([start(), failed]), signal, BOOT_LIMIT, "El motor de consultas no respondió. Cierre otras pestañas o use un navegador más reciente.");
      return this.#running;
    } catch (error) {
      if (!signal.aborted) this.stop();
      throw error;
    } finally {
      URL.revokeObjectURL(module);
    }
  }

  /**
   * @param {Running} running
   * @param {Entry} entry
   */
  async #register({ database, connection, http }, entry) {
    const { name, files } = entry;
    const { signal } = this.#life;
    const total = files.reduce((sum, file) => sum + file.bytes, 0);
    const whole = total <= WHOLE_LIMIT;
    let loaded = 0;
    for (const { path, sha256 } of files) {
      const url = new URL(dated(path, sha256), DATA);
      if (whole) {
        const bytes = await fetchBytes(url, sha256, signal, (size) => {
          loaded += size;
          const done = total ? `${Math.round((100 * loaded) / total)} %` : `${(loaded / 1e6).toLocaleString("es-CO", { maximumFractionDigits: 1 })} MB`;
          this.#onStatus(`Descargando ${name}: ${done}`);
        });
        await database.registerFileBuffer(path, bytes);
      } else {
        this.#ranged = true;
        await database.registerFileURL(path, url.href, http, false);
      }
    }
    for (const statement of entry.views()) await connection.query(statement);
    this.#registered.add(name);
  }

  /**
   * What a query would fetch that is not here yet: the tables it names, and their bytes where they are known.
   * @param {string} sql
   */
  async cost(sql) {
    const wanted = named(sql, await this.#read()).filter((entry) => !this.#registered.has(entry.name));
    const bytes = wanted.flatMap((entry) => entry.files).reduce((sum, file) => sum + file.bytes, 0);
    return { tables: wanted.map((entry) => entry.name), bytes, ranged: bytes > WHOLE_LIMIT };
  }

  /**
   * Run one statement; at most ROW_LIMIT rows come back.
   * @param {string} sql
   * @returns {Promise<Result & { milliseconds: number }>}
   */
  async run(sql) {
    if (!isRead(sql)) {
      throw new EngineError("Aquí solo se consulta. Empiece con SELECT, WITH, FROM, DESCRIBE o SUMMARIZE.");
    }
    const tables = await this.#read();
    const running = await this.#boot();
    for (const entry of named(sql, tables)) {
      if (!this.#registered.has(entry.name)) await this.#register(running, entry);
    }
    this.#onStatus("Consultando…");
    const started = performance.now();
    const result = await this.#timed(running, rowsUpToLimit(running.connection, sql));
    return { ...result, milliseconds: performance.now() - started };
  }

  /**
   * Every row of a query that has run, as a file that DuckDB writes.
   * @param {Result} result
   * @param {FileKind} kind
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async file(result, kind) {
    const running = await this.#boot();
    const name = `resultado.${kind}`;
    const write = async () => {
      await running.connection.query(copyOf(result, kind, name));
      const bytes = await running.database.copyFileToBuffer(name);
      await running.database.dropFile(name);
      return bytes;
    };
    return this.#timed(running, write());
  }

  /**
   * Wait for the engine; one that takes too long is ended.
   * @template T
   * @param {Running} running
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  async #timed(running, work) {
    const { signal } = this.#life;
    const limit = this.#ranged ? RANGE_QUERY_LIMIT : QUERY_LIMIT;
    try {
      return await within(work, signal, limit, `La consulta tardó más de ${limit / 1000} segundos y se detuvo. Pida menos filas o un período más corto.`);
    } catch (error) {
      if (error instanceof EngineError && !signal.aborted) this.stop();
      throw error;
    }
  }

  /** End the engine at once; the next query starts a new one. */
  stop() {
    this.#life.abort();
    this.#life = new AbortController();
    this.#worker?.terminate();
    this.#worker = null;
    this.#running = null;
    this.#registered = new Set();
    this.#ranged = false;
  }
}

/**
 * The rows of a query as DuckDB itself writes each value.
 * @param {Connection} connection
 * @param {string} sql
 * @returns {Promise<Result>}
 */
async function rowsUpToLimit(connection, sql) {
  const known = await describe(connection, sql);
  const stream = await connection.send(known ? asText(known, ROW_LIMIT + 1) : sql);
  const batches = [];
  let rows = 0;
  let schema = stream.schema;
  for await (const batch of stream) {
    schema ??= batch.schema;
    batches.push(batch);
    rows += batch.numRows;
  }
  const columns = known?.columns ?? (schema ?? stream.schema)?.fields.map(({ name, type }) => ({ name, type: String(type) })) ?? [];
  return { sql: known?.sql ?? "", columns, batches, rows: Math.min(rows, ROW_LIMIT), truncated: rows > ROW_LIMIT };
}
