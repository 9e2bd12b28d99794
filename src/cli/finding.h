#pragma once

#include <string>
#include <vector>

namespace pm {

enum class Verdict { ok, warning, failure, unknown };

/// What one check of `portmanager doctor` came to.
struct Finding {
  std::string check;  ///< its name: a word that never changes
  Verdict verdict{Verdict::ok};
  std::string found;  ///< sentences
  std::string mend;   ///< what to do about it; "" when there is nothing to do
};

/// "ok", "warn", "fail", "unknown": as they are printed.
inline const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::warning:
      return "warn";
    case Verdict::failure:
      return "fail";
    case Verdict::unknown:
      return "unknown";
    case Verdict::ok:
      break;
  }
  return "ok";
}

}  // namespace pm
