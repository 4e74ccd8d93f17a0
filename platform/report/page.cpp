#include "platform/report/page.h"

#include <array>

#include "models/base/error.h"
#include "platform/report/page_check.h"
#include "platform/report/page_files.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;

/// In this order in the page; each is one function's worth of names, and main.js starts them.
constexpr std::array kScripts = {
    "theme.js", "dom.js",      "numbers.js",  "table.js",   "charts.js",    "figures.js",
    "run.js",   "roofline.js", "codes.js",    "dies.js",    "occupancy.js", "compare.js",
    "sweep.js", "front.js",    "parallel.js", "tornado.js", "main.js"};

/// JSON that may stand in a script element: no '<' can end the element or begin a comment.
std::string script_data(const Json& data) {
  const std::string text = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string html_text(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

void replace(std::string& page, const std::string& mark, const std::string& text) {
  const std::size_t at = page.find(mark);
  if (at == std::string::npos) {
    throw base::ModelError("The page's frame has no mark " + mark + ".");
  }
  page.replace(at, mark.size(), text);
}

/// Puts the page together. The frame is filled from its end, so that no text that is put in is
/// searched for marks.
std::string assemble(const Json& data, const std::string& title) {
  std::string scripts;
  for (const char* name : kScripts) scripts += std::string(page_file(name)) + "\n";
  std::string page(page_file("frame.html"));
  replace(page, "@SCRIPTS@", scripts);
  replace(page, "@CHART_JS@", std::string(page_file("chart.js")));
  replace(page, "@DATA@", script_data(data));
  replace(page, "@STYLE@", std::string(page_file("style.css")));
  replace(page, "@TITLE@", html_text(title));
  return page;
}

Json folder_json(const RunFolder& run) {
  return {{"path", run.path},
          {"report", run.report},
          {"occupancy_svg", run.occupancy_svg},
          {"config_yaml", run.config_yaml},
          {"code_histograms", run.code_histograms}};
}

std::string name_of(const Json& run) {
  return run["network"].get<std::string>() + " on " + run["chip"].get<std::string>();
}

}  // namespace

std::string run_page(const std::vector<RunFolder>& runs) {
  if (runs.empty()) throw base::UsageError("A report page needs at least one run.");
  Json list = Json::array();
  for (const RunFolder& run : runs) list.push_back(folder_json(run));
  std::string title = name_of(runs.front().report["run"]);
  if (runs.size() > 1) title = std::to_string(runs.size()) + " runs against " + title;
  return assemble({{"kind", runs.size() == 1 ? "run" : "comparison"}, {"runs", list}}, title);
}

std::string sweep_page(const Json& sweep) {
  check_sweep(sweep, "The sweep");
  const std::string about = sweep["about"].get<std::string>();
  return assemble({{"kind", "sweep"}, {"sweep", sweep}}, about.empty() ? "Sweep" : about);
}

}  // namespace leyden::report
