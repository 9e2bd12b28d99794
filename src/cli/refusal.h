#pragma once

#include <string>
#include <tl/expected.hpp>

#include "cli/exit_status.h"

namespace pm {

/// Why a command could not do what it was asked to, as a person is told it on stderr.
struct Refusal {
  ExitStatus status{ExitStatus::failed};
  std::string message;    ///< sentences
  std::string next_step;  ///< a sentence with the command to go on with; may be empty
  std::string code{};     ///< the API's code, when the API refused
  std::string answer{};   ///< what the API answered, as it came; "" when it did not
  int signal{0};          ///< the signal that ended the wait; 0: none did
};

template <typename T>
using Answered = tl::expected<T, Refusal>;

/// What an answer of the API that is no success means. The body may be anything.
Refusal refusal_of(int http_status, const std::string& body);

}  // namespace pm
