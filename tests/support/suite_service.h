#pragma once

#include <charconv>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/child_process.h"

namespace pm::test {

/// A running suite_service.py, which says what the options and modes are.
class SuiteService {
 public:
  /// Returns when it listens. `port` 0: a free one.
  explicit SuiteService(const std::string& service_id, const std::string& mode = "none",
                        int port = 0, const std::vector<std::string>& more = {})
      : process_(command(service_id, mode, port, more)), port_(wait_until_listening()) {}

  /// The port it listened on when last waited for.
  int port() const { return port_; }
  ChildProcess& process() { return process_; }

  /// Waits for the end of its next move or restart: the port it is on now.
  int wait_until_listening() {
    const std::string prefix = "listening on http://127.0.0.1:";
    const auto line = process_.read_line();
    if (!line || !line->starts_with(prefix)) throw std::runtime_error("the service is not up");
    std::from_chars(line->data() + prefix.size(), line->data() + line->size(), port_);
    return port_;
  }

 private:
  static std::vector<std::string> command(const std::string& service_id, const std::string& mode,
                                          int port, const std::vector<std::string>& more) {
    std::vector<std::string> words = {PM_SOURCE_DIR "/tests/support/suite_service.py",
                                      "--service-id",
                                      service_id,
                                      "--port",
                                      std::to_string(port),
                                      "--misbehave",
                                      mode};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  ChildProcess process_;
  int port_{0};
};

}  // namespace pm::test
