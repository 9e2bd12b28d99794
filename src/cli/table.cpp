#include "cli/table.h"

#include <algorithm>
#include <numeric>

#include "cli/text_width.h"

namespace pm {
namespace {

constexpr int gap = 2;
/// A last column with less room than this is not wrapped.
constexpr int least_wrapped = 24;

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

std::vector<std::string> lines_of(const std::string& text, int room) {
  if (room < least_wrapped) return {text};
  return wrapped(text, room);
}

}  // namespace

Table::Cell::Cell(std::string its_text, Style its_style)
    : text(printable(its_text)), style(its_style) {}

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(row));
}

std::vector<int> Table::widths() const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  return widths;
}

void Table::append_row(const std::vector<Cell>& row, const std::vector<int>& widths,
                       const Terminal& terminal, std::string& text) const {
  const auto last = row.size() - 1;
  int column = 0;
  for (std::size_t i = 0; i < last; ++i) {
    const auto padding = spaces(widths[i] - display_width(row[i].text));
    const auto cell = terminal.styled(row[i].style, row[i].text);
    text += columns_[i].align == Align::right ? padding + cell : cell + padding;
    text += spaces(gap);
    column += widths[i] + gap;
  }
  const bool is_right = columns_[last].align == Align::right;
  if (is_right) text += spaces(widths[last] - display_width(row[last].text));
  bool is_first = true;
  for (const auto& line : lines_of(row[last].text, terminal.width() - column)) {
    if (!is_first) text += '\n' + spaces(column);
    text += terminal.styled(row[last].style, line);
    is_first = false;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

std::string Table::text(const Terminal& terminal) const {
  const auto all_widths = widths();
  std::vector<Cell> titles;
  for (const auto& column : columns_) titles.emplace_back(column.title, Style::strong);
  std::string text;
  append_row(titles, all_widths, terminal, text);
  for (const auto& row : rows_) append_row(row, all_widths, terminal, text);
  return text;
}

void FactSheet::add(std::string name, Table::Cell value) {
  if (!value.text.empty()) facts_.emplace_back(std::move(name), std::move(value));
}

std::string FactSheet::text(const Terminal& terminal) const {
  const auto longest = std::accumulate(
      facts_.begin(), facts_.end(), 0,
      [](int width, const auto& fact) { return std::max(width, display_width(fact.first)); });
  const int column = gap + longest + gap;
  std::string text = terminal.styled(Style::strong, printable(heading_)) + '\n';
  for (const auto& [name, value] : facts_) {
    text += spaces(gap) + terminal.styled(Style::faint, name);
    text += spaces(longest - display_width(name) + gap);
    bool is_first = true;
    for (const auto& line : lines_of(value.text, terminal.width() - column)) {
      text += (is_first ? "" : spaces(column)) + terminal.styled(value.style, line) + '\n';
      is_first = false;
    }
  }
  return text;
}

}  // namespace pm
