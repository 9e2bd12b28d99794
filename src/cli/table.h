#pragma once

#include <string>
#include <vector>

#include "cli/terminal.h"

namespace pm {

/// Rows in aligned columns, by the width that their text has on a terminal. Cells are made
/// printable. The last column is wrapped to the terminal's width, where that is known and leaves it
/// enough; every other line stays as long as it is.
class Table {
 public:
  struct Cell {
    Cell(std::string its_text, Style its_style = Style::plain);
    std::string text;
    Style style;
  };
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align{Align::left};
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns; fewer leave the rest empty.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  /// With the titles first; every line ends with a newline.
  std::string text(const Terminal& terminal) const;

 private:
  std::vector<int> widths() const;
  void append_row(const std::vector<Cell>& row, const std::vector<int>& widths,
                  const Terminal& terminal, std::string& text) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// "name   value" lines, for what is known of one thing. Lines whose value is empty are left out.
class FactSheet {
 public:
  explicit FactSheet(std::string heading) : heading_(std::move(heading)) {}
  void add(std::string name, Table::Cell value);
  std::string text(const Terminal& terminal) const;

 private:
  std::string heading_;
  std::vector<std::pair<std::string, Table::Cell>> facts_;
};

}  // namespace pm
