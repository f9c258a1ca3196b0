// Shapes that come from elsewhere: figures (pipeline/site/drawing/figure.py, spans.py, theme.py), Plotly, Pagefind, the API.

type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };

interface Trace {
  type: string;
  y: (number | null)[];
  x?: (string | number)[];
  x0?: string | number;
  dx?: number;
  name?: string;
  stackgroup?: string;
  fill?: string;
  visible?: boolean;
  uid?: string;
}

interface Note {
  text: string;
  x?: string | number;
  y?: number;
  name?: string;
  xref?: string;
  yref?: string;
  xanchor?: string;
  yanchor?: string;
  xshift?: number;
  yshift?: number;
  showarrow?: boolean;
  font?: { size?: number; color?: string };
}

interface Axis {
  range?: (string | number)[];
  autorange?: boolean;
  nticks?: number;
  tickfont?: { size?: number; color?: string };
}

interface Layout {
  xaxis?: Axis;
  yaxis?: Axis;
  annotations?: Note[];
  shapes?: { x0: string | number }[];
  template?: Template;
  separators?: string;
  margin?: { t: number; r: number; b: number; l: number; pad: number };
  height?: number;
  width?: number;
  dragmode?: string | false;
  paper_bgcolor?: string;
  plot_bgcolor?: string;
}

/** A chart narrowed to its last days: ranges of both axes and how far each end label moves up [px]. */
interface Span {
  x: [string, string];
  y: [number, number];
  shifts: number[];
}

interface Figure {
  data: Trace[];
  layout: Layout;
  spans?: Record<string, Span>;
}

interface Template {
  layout: { hoverlabel: { bgcolor: string } };
}

/** assets/plotly-template.json */
interface Shared {
  light: Template;
  dark: Template;
  palette: Record<string, [string, string]>;
  days: string[];
  months: string[];
}

/** What a figure says of itself, inside its image (pipeline/site/blocks/figure_kit.py). */
interface Told {
  id: string;
  title: string;
  subtitle?: string;
  page?: string;
  pageTitle: string;
  day?: string;
  until?: string;
  version: string;
  source: string;
  told?: string;
}

interface PlotlyBox extends HTMLElement {
  data: Trace[];
  layout: Required<Layout>;
}

interface Plotly {
  react(box: HTMLElement, data: Trace[], layout: Layout, config: object): Promise<unknown>;
  register(module: object): void;
  toImage(figure: object, options: { format: string; width: number; height: number }): Promise<string>;
}

interface Window {
  Plotly: Plotly;
}

interface Metric {
  id: string;
  titulo: string;
  tema: string;
  unidad: string;
  granularidad: string;
  agregacion_diaria: string;
  entidades: string[];
}

/** A table of files that is no metric. */
interface PublishedTable {
  nombre: string;
  titulo: string;
  archivos: string[];
  columnas: Record<string, string>;
}

interface Part {
  metric: string;
  entity: string;
  path: string;
  address: string;
  rows: number;
  bytes: number;
  sha256: string;
}

interface Pagefind {
  options(options: object): Promise<void>;
  debouncedSearch(words: string, options: object, wait: number): Promise<{ results: { data(): Promise<Hit> }[] } | null>;
}

interface Hit {
  url: string;
  excerpt: string;
  meta: { title?: string };
}

/** What we use of Apache Arrow. */
interface Field {
  name: string;
  type: { toString(): string; scale?: number };
}

interface Batch {
  numRows: number;
  schema: { fields: Field[] };
  getChildAt(index: number): { get(row: number): unknown };
}

interface Result {
  fields: Field[];
  batches: Batch[];
  rows: number;
  truncated: boolean;
}

interface Stream extends AsyncIterable<Batch> {
  schema: { fields: Field[] } | null;
}

interface Connection {
  query(sql: string): Promise<unknown>;
  send(sql: string): Promise<Stream>;
  cancelSent(): Promise<boolean>;
}

interface Database {
  instantiate(wasm: string): Promise<unknown>;
  open(options: object): Promise<void>;
  connect(): Promise<Connection>;
  registerFileBuffer(name: string, bytes: Uint8Array): Promise<void>;
  registerFileURL(name: string, url: string, protocol: number, direct: boolean): Promise<void>;
}

interface Notice {
  desde: string;
  titulo: string;
  texto: string;
}

interface Freshness {
  pie: string;
  avisos: Notice[];
  cita: Cited;
}

/** What a citation names besides its page: the state of the data, and the newest report ("" without one). */
interface Cited {
  version: string;
  informe: string;
}
