"use strict";
// Show our own document, and let a signed-in session make changes: its form secret goes along.
const csrf = document.querySelector('meta[name="csrf"]').content;
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (csrf && new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRF-Token"] = csrf;
    }
    return request;
  },
});
