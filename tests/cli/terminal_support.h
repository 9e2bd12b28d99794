#pragma once

#include <sstream>
#include <string>

#include "cli/terminal.h"

namespace pm::test {

/// A terminal, or a pipe, whose output can be read.
class TerminalOnStrings {
 public:
  explicit TerminalOnStrings(Terminal::Traits traits = {}) : traits_(traits) {}

  Terminal terminal() { return {out_, err_, traits_}; }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

 private:
  std::ostringstream out_;
  std::ostringstream err_;
  Terminal::Traits traits_;
};

}  // namespace pm::test
