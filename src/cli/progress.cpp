#include "cli/progress.h"

#include <ostream>

#include "cli/text_width.h"

namespace pm {
namespace {

constexpr std::chrono::milliseconds quick{500};
constexpr std::string_view faces = "|/-\\";
/// Back to the first column, and erase the line (ECMA-48 EL).
constexpr const char* fresh_line = "\r\x1b[2K";

}  // namespace

Progress::Progress(const Terminal& terminal, std::string what)
    : terminal_(terminal), what_(printable(what)) {}

Progress::~Progress() {
  if (is_shown_) terminal_.err() << fresh_line << std::flush;
}

void Progress::tick() {
  const auto elapsed = std::chrono::steady_clock::now() - begun_;
  if (!terminal_.traits().err_is_terminal || what_.empty() || elapsed < quick) return;
  is_shown_ = true;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  terminal_.err() << fresh_line << faces[turns_++ % faces.size()] << ' ' << what_ << ", "
                  << std::to_string(seconds) << " s" << std::flush;
}

}  // namespace pm
