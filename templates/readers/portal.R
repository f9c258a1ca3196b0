# Lee los datos del Portal Energético de Colombia desde R. Necesita el paquete jsonlite.
#
#   source("{{ site_url or "https://…/" }}datos/lectores/portal.R")
#   precio <- leer("PrecBolsNaci", desde = "2026-01-01")                   # por día
#   plantas <- leer("Gene", entidad = "Recurso", codigos = c("GTPE"))      # una planta
#   metricas("embalse")                                                    # qué hay, buscado por palabras
#   titulares()                                                            # las cifras principales
#
# Todo es de XM y SIMEM, en la unidad de la columna `unidad` y con el `estado` de cada valor. Los días son de Colombia; un
# mes es su primer día. Un valor que falta es una fila que falta. Las horas están en los Parquet de `datos/series/`, que
# leen los paquetes arrow, nanoparquet y duckdb; el explorador del portal escribe esa consulta en R.

# Dirección del portal; se puede cambiar aquí o con la variable PORTAL_SITIO.
SITIO <- Sys.getenv("PORTAL_SITIO", "{{ site_url }}")

# El catálogo (código, título, tema, unidad, granularidad, entidades), o lo que tiene las palabras.
metricas <- function(palabras = "") {
  todas <- portal_json("api/v1/metricas.json")$metricas
  texto <- tolower(paste(todas$id, todas$titulo, todas$tema))
  for (palabra in strsplit(tolower(palabras), " +")[[1]]) {
    queda <- grepl(palabra, texto, fixed = TRUE)
    todas <- todas[queda, ]
    texto <- texto[queda]
  }
  todas[, c("id", "titulo", "tema", "unidad", "granularidad", "entidades")]
}

# Las cifras principales de todos los días: fecha, serie, nombre, valor, unidad y estado.
titulares <- function(desde = "", hasta = "") portal_filas("titulares-csv", desde, hasta)

# Los valores de una métrica, uno por día (o por mes): fecha, codigo, valor, unidad y estado.
leer <- function(metrica, entidad = "", desde = "", hasta = "", codigos = character()) {
  catalogo <- portal_json("api/v1/metricas.json")$metricas
  lugar <- match(metrica, catalogo$id)
  if (is.na(lugar)) {
    cerca <- catalogo$id[tolower(catalogo$id) == tolower(metrica)]
    stop("No existe la métrica ", metrica, ". ",
         if (length(cerca)) paste0("¿", cerca[1], "?") else "Busque con metricas(\"…\").", call. = FALSE)
  }
  posibles <- catalogo$entidades[[lugar]]
  if (entidad == "") entidad <- if ("Sistema" %in% posibles) "Sistema" else if (length(posibles) == 1) posibles else ""
  if (!entidad %in% posibles) {
    stop(metrica, " tiene estas entidades: ", paste(posibles, collapse = ", "), ". Elija una.", call. = FALSE)
  }
  filas <- portal_filas(paste0(tolower(metrica), ".", tolower(entidad), "-csv"), desde, hasta)
  if (length(codigos)) filas <- filas[filas$codigo %in% codigos, ]
  rownames(filas) <- NULL
  filas
}

# Las filas de una tabla publicada en CSV, de un día a otro; solo se leen los archivos que los tienen.
portal_filas <- function(nombre, desde, hasta) {
  tablas <- portal_json("datos/datapackage.json")$resources
  lugar <- match(nombre, tablas$name)
  if (is.na(lugar)) stop("El portal no publica en CSV ", sub("-csv$", "", nombre), ".", call. = FALSE)
  archivos <- unlist(tablas$path[[lugar]])
  periodo <- sub(".*\\.(\\d{4}(-\\d{2})?)\\.csv$|.*", "\\1", archivos)
  hasta_aqui <- if (hasta == "") "9999-12-31" else hasta
  largo <- nchar(periodo)
  sirve <- periodo >= substring(desde, 1, largo) & periodo <= substring(hasta_aqui, 1, largo)
  leidos <- lapply(archivos[sirve], function(archivo) {
    read.csv(portal_direccion(paste0("datos/", archivo)), fileEncoding = "UTF-8", colClasses = "character")
  })
  filas <- if (length(leidos)) do.call(rbind, leidos) else stop("No hay archivos de esos días.", call. = FALSE)
  if (!"valor" %in% names(filas)) return(filas)  # una lista: sus columnas son texto
  filas$valor <- as.numeric(filas$valor)
  mes <- nchar(filas$fecha) == 7
  filas$fecha[mes] <- paste0(filas$fecha[mes], "-01")
  filas$fecha <- as.Date(filas$fecha)
  if (desde != "") filas <- filas[filas$fecha >= as.Date(desde), ]
  if (hasta != "") filas <- filas[filas$fecha <= as.Date(hasta), ]
  filas
}

portal_json <- function(ruta) jsonlite::fromJSON(portal_direccion(ruta))

portal_direccion <- function(ruta) {
  if (SITIO == "") stop("Diga dónde está el portal: SITIO <- \"https://…/\"", call. = FALSE)
  paste0(sub("/*$", "/", SITIO), ruta)
}
