#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cli/refusal.h"
#include "cli/top_model.h"
#include "cli/top_page.h"

namespace pm {

/// The terminal as a whole, by ncurses, for as long as it lives; then it is as it was before. One
/// at a time, on one thread.
class TopScreen {
 public:
  /// Refused, with status failed, when the terminal cannot be drawn on.
  static Answered<TopScreen> open(bool in_colour);
  TopScreen(TopScreen&&) noexcept;
  TopScreen& operator=(TopScreen&&) noexcept;
  ~TopScreen();

  int width() const;
  int height() const;
  /// Takes the terminal's present size.
  void fit();
  void draw(const std::vector<TopLine>& lines);

  struct Pressed {
    TopModel::Key key{TopModel::Key::none};
    char character{0};  ///< when it is one
  };
  /// The next key that was pressed; nothing when none was.
  std::optional<Pressed> pressed();

 private:
  struct Curses;
  explicit TopScreen(std::unique_ptr<Curses> curses);
  std::unique_ptr<Curses> curses_;
};

}  // namespace pm
