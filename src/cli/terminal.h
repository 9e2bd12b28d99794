#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace pm {

enum class Style { plain, strong, faint, good, warning, bad };

/// How output is coloured: as the terminal and NO_COLOR have it, or as told.
enum class Colour { automatic, always, never };

/// Where a command's words go, and what stands there: a person's terminal, or a pipe.
class Terminal {
 public:
  struct Traits {
    bool in_is_terminal{false};
    bool out_is_terminal{false};
    bool err_is_terminal{false};
    bool takes_colour{false};  ///< TERM is set and not "dumb", and NO_COLOR is not set
    int width{0};              ///< columns of stdout's terminal; 0: not known
  };

  /// The streams must outlive it.
  Terminal(std::ostream& out, std::ostream& err, Traits traits)
      : out_(out), err_(err), traits_(traits) {}

  /// The traits of this process's stdin, stdout and stderr.
  static Traits of_process();

  std::ostream& out() const { return out_; }
  std::ostream& err() const { return err_; }
  const Traits& traits() const { return traits_; }
  /// 0: not known, lines may be as long as they are.
  int width() const { return traits_.width; }
  /// A person can be asked: stdin and stderr are terminals.
  bool can_ask() const { return traits_.in_is_terminal && traits_.err_is_terminal; }

  void set_colour(Colour colour) { colour_ = colour; }
  /// The text in that style where stdout takes colour, else as it is.
  std::string styled(Style style, std::string_view text) const;
  /// The same for stderr.
  std::string styled_for_err(Style style, std::string_view text) const;

 private:
  bool colours(bool is_terminal) const;

  std::ostream& out_;
  std::ostream& err_;
  Traits traits_;
  Colour colour_{Colour::automatic};
};

}  // namespace pm
