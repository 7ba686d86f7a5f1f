/* What the workbench's runtime script expects to find on a page, without the workbench's own page. */
(function () {
  "use strict";
  var page = document.documentElement.dataset;
  window.studentId = page.student;
  window.handlerBaseUrl = page.handlers;
  window.asideBaseUrl = page.handlers;
  // Older workbenches have no notify, which Studio offers and an author's page calls.
  document.addEventListener("DOMContentLoaded", function () {
    if (!window.RuntimeProvider) return;
    var runtime = window.RuntimeProvider.versions[1];
    if (!runtime.notify) runtime.notify = function () {};
  });
})();
