"use strict";

// Starts the reference on the document that this server gives of itself.
window.addEventListener("DOMContentLoaded", () => {
  window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    domNode: document.getElementById("reference"),
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayOperationId: true,
    displayRequestDuration: true,
    docExpansion: "none",
    filter: true,
    persistAuthorization: false,
    showExtensions: false,
    syntaxHighlight: { activated: true, theme: "agate" },
    validatorUrl: null,
  });
});
