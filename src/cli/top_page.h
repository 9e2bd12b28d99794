#pragma once

#include <string>
#include <vector>

#include "cli/terminal.h"
#include "cli/top_model.h"

namespace pm {

/// One piece of a line, printable.
struct TopSpan {
  std::string text;
  Style style{Style::plain};
};
using TopLine = std::vector<TopSpan>;

/// How many services fit on a screen of that height.
int top_rows(int height);

/// The whole screen: exactly `height` lines, none wider than `width`. `place` says whom it shows.
std::vector<TopLine> top_page(const TopModel& model, const std::string& place, int width,
                              int height);

/// The columns that a line takes.
int width_of(const TopLine& line);

}  // namespace pm
