// Shows the calls of the API that /openapi.json describes.
const place = document.getElementById("reference");
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);
SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
});
