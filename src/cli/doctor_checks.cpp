#include "cli/doctor_checks.h"

#include <array>
#include <iterator>

namespace pm {

std::vector<Finding> examine(const DoctorFacts& facts) {
  auto findings = examine_server(facts);
  for (const auto part : {examine_registry, examine_files}) {
    auto more = part(facts);
    std::move(more.begin(), more.end(), std::back_inserter(findings));
  }
  return findings;
}

Finding not_known(std::string check, const DoctorFacts& facts) {
  return {std::move(check), Verdict::unknown,
          facts.health ? "The server does not tell." : "The server could not be asked.", ""};
}

std::string in_words(std::chrono::seconds time) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  static constexpr std::array<Unit, 4> units{{{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};
  for (const auto& unit : units) {
    if (time.count() >= unit.seconds) {
      return std::to_string(time.count() / unit.seconds) + " " + unit.name;
    }
  }
  return "0 s";
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

std::string counted(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace pm
