#include "cli/top_page.h"

#include <algorithm>

#include "cli/doctor_checks.h"
#include "cli/json_fields.h"
#include "cli/status_style.h"
#include "cli/text_width.h"

namespace pm {
namespace {

constexpr int head_lines = 4;  ///< title, counts, trouble, column titles
constexpr int foot_lines = 2;  ///< title of the changes, keys
constexpr int gap = 2;

int event_lines(int height) {
  constexpr int most = 8;
  return std::clamp(height / 4, 1, most);
}

TopSpan span_of(std::string_view text, Style style = Style::plain) {
  return {printable(text), style};
}

std::string padded(const std::string& text, int width) {
  const auto missing = std::max(width - display_width(text), 0);
  return text + std::string(static_cast<std::size_t>(missing), ' ');
}

TopLine title(const TopModel& model, const std::string& place) {
  const auto& health = model.data().health;
  if (health.empty()) return {span_of("portmanager at " + place, Style::strong)};
  const auto uptime = in_words(std::chrono::seconds(number_of(health, "uptime").value_or(0)));
  return {span_of("portmanager " + text_of(health, "version") + " at " + place, Style::strong),
          span_of("  up " + uptime + "  revision " + text_of(health, "revision"))};
}

TopLine counts(const TopModel& model) {
  const auto& data = model.data();
  if (data.health.empty()) return {};
  const auto& statistics = object_of(data.health, "statistics");
  const auto conflicts = number_of(data.health, "conflicts").value_or(0);
  const auto unhealthy = number_of(data.statuses, "unhealthy").value_or(0);
  return {
      span_of(text_of(data.statuses, "total") + " services, "),
      span_of(text_of(data.statuses, "healthy") + " healthy", Style::good),
      span_of(", "),
      span_of(std::to_string(unhealthy) + " unhealthy", unhealthy > 0 ? Style::bad : Style::plain),
      span_of("; " + text_of(statistics, "available_ports") + " ports free, " +
              text_of(statistics, "reserved_ports") + " reserved; "),
      span_of(counted(static_cast<std::size_t>(conflicts), "conflict"),
              conflicts > 0 ? Style::bad : Style::plain)};
}

struct Widths {
  int service;
  int port{5};
  int status{9};
  int checked{20};
};

Widths widths_of(const std::vector<TopRow>& rows, int width) {
  int longest = display_width("SERVICE");
  for (const auto& row : rows)
    longest = std::max(longest, display_width(printable(row.service_id)));
  return {.service = std::min(longest, std::max(width / 2, 8))};
}

TopLine columns(const Widths& widths) {
  return {span_of(padded("SERVICE", widths.service + gap) + padded(" PORT", widths.port + gap) +
                      padded("STATUS", widths.status + gap) +
                      padded("CHECKED", widths.checked + gap) + "DETAIL",
                  Style::strong)};
}

TopLine row_line(const TopRow& row, const Widths& widths) {
  const auto port = row.port > 0 ? std::to_string(row.port) : std::string("-");
  const auto pad = std::max(widths.port - static_cast<int>(port.size()), 0);
  TopLine line;
  line.push_back(
      span_of(padded(clipped(printable(row.service_id), widths.service), widths.service + gap)));
  line.push_back(span_of(std::string(static_cast<std::size_t>(pad), ' ') + port + "  "));
  line.push_back(span_of(padded(row.status, widths.status + gap), style_of_status(row.status)));
  line.push_back(span_of(padded(row.checked, widths.checked + gap), Style::faint));
  if (!row.conflict.empty()) line.push_back(span_of(row.conflict + " ", Style::bad));
  line.push_back(span_of(row.detail));
  return line;
}

TopLine keys(const TopModel& model) {
  if (model.is_typing()) {
    return {span_of("filter: " + model.filter() + "_  (Enter keeps it, Escape drops it)",
                    Style::strong)};
  }
  const char* order = model.sort() == TopModel::Sort::port     ? "port"
                      : model.sort() == TopModel::Sort::status ? "status"
                                                               : "service";
  std::string text = std::string("q quit  s sort (") + order + ")  p problems" +
                     (model.problems_only() ? " (only)" : "") + "  / filter";
  if (!model.filter().empty()) text += " (" + model.filter() + ")";
  return {span_of(text + "  arrows, PgUp, PgDn scroll", Style::faint)};
}

std::string shown_part(const TopModel& model, int rows) {
  const auto all = model.rows().size();
  const auto last = std::min(all, model.first() + static_cast<std::size_t>(rows));
  if (last - model.first() == all) return {};
  return "  " + std::to_string(model.first() + 1) + "-" + std::to_string(last) + " of " +
         std::to_string(all);
}

TopLine fitted(const TopLine& line, int width) {
  TopLine result;
  int left = width;
  for (const auto& span : line) {
    auto text = clipped(span.text, left);
    left -= display_width(text);
    const bool is_cut = text.size() < span.text.size();
    if (!text.empty()) result.push_back({std::move(text), span.style});
    if (is_cut) break;
  }
  return result;
}

}  // namespace

int top_rows(int height) {
  return std::max(height - head_lines - foot_lines - event_lines(height), 0);
}

int width_of(const TopLine& line) {
  int width = 0;
  for (const auto& span : line) width += display_width(span.text);
  return width;
}

std::vector<TopLine> top_page(const TopModel& model, const std::string& place, int width,
                              int height) {
  const int rows = top_rows(height);
  const auto widths = widths_of(model.rows(), width);
  const auto& trouble = model.data().trouble;
  std::vector<TopLine> lines;
  lines.push_back(title(model, place));
  lines.push_back(counts(model));
  lines.push_back(
      trouble.empty()
          ? TopLine{}
          : TopLine{span_of("Not reached: " + trouble + ". It is tried again.", Style::bad)});
  lines.push_back(columns(widths));
  for (int i = 0; i < rows; ++i) {
    const auto place_of_row = model.first() + static_cast<std::size_t>(i);
    const bool is_there = place_of_row < model.rows().size();
    lines.push_back(is_there ? row_line(model.rows()[place_of_row], widths) : TopLine{});
  }
  lines.push_back(
      {span_of("CHANGES", Style::strong), span_of(shown_part(model, rows), Style::faint)});
  for (int i = 0; i < event_lines(height); ++i) {
    const auto& events = model.events();
    const auto which = static_cast<std::size_t>(i);
    lines.push_back(which < events.size()
                        ? TopLine{span_of(events[which].moment + " ", Style::faint),
                                  span_of(events[which].text.text, events[which].text.style)}
                        : TopLine{});
  }
  lines.push_back(keys(model));
  lines.resize(static_cast<std::size_t>(std::max(height, 0)));
  for (auto& line : lines) line = fitted(line, width);
  return lines;
}

}  // namespace pm
