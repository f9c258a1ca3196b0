"""Lines and colours: axes, theme, static SVG, slim JSON for the browser, and the image to take away."""
