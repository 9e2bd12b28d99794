#include "logging.h"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "app/rfc3339.h"

namespace pm {
namespace {

using Json = nlohmann::ordered_json;

/// Of lines whose text is a JSON object: their members.
constexpr const char* event_logger = "event";
constexpr const char* default_logger = "portmanager";

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_control(char byte) {
  return (byte >= '\0' && byte < ' ') || byte == 127;
}

/// One line for each message, whatever is in it: a service's own words may be.
class LineFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto begin = out.size();
    pattern_.format(message, out);
    std::replace_if(out.begin() + begin, out.end(), is_control, ' ');
    out.push_back('\n');
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>();
  }

 private:
  spdlog::pattern_formatter pattern_{"%Y-%m-%dT%H:%M:%S.%e%z %l %v",
                                     spdlog::pattern_time_type::local, ""};
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string text(message.payload.data(), message.payload.size());
    Json line;
    line["time"] =
        to_rfc3339(std::chrono::time_point_cast<std::chrono::milliseconds>(message.time));
    line["level"] = std::string(level.data(), level.size());
    if (message.logger_name == event_logger) {
      line.update(Json::parse(text));
    } else {
      line["message"] = text;
    }
    const auto written = dump(line) + "\n";
    out.append(written.data(), written.data() + written.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

class ErrorSink final : public spdlog::sinks::sink {
 public:
  void tell(std::function<void(const std::string&)> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

  void log(const spdlog::details::log_msg& message) override {
    const std::lock_guard lock(mutex_);
    if (!listener_ || is_telling_) return;
    is_telling_ = true;
    listener_(std::string(message.payload.data(), message.payload.size()));
    is_telling_ = false;
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  std::recursive_mutex mutex_;  ///< the listener may log
  std::function<void(const std::string&)> listener_;
  bool is_telling_{false};
};

}  // namespace

void set_up_logging(const std::string& level, const std::string& format) {
  const auto lines = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (format == "json") {
    lines->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    lines->set_formatter(std::make_unique<LineFormatter>());
  }
  const auto errors = std::make_shared<ErrorSink>();
  errors->set_level(spdlog::level::err);
  auto logger =
      std::make_shared<spdlog::logger>(default_logger, spdlog::sinks_init_list{lines, errors});
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
  if (format == "json") {
    auto events = std::make_shared<spdlog::logger>(event_logger, lines);
    events->set_level(spdlog::level::from_str(level));
    spdlog::register_logger(std::move(events));
  }
}

void log_event(const std::string& message, const Json& members, spdlog::level::level_enum level) {
  if (const auto events = spdlog::get(event_logger)) {
    Json line;
    line["message"] = message;
    line.update(members);
    events->log(level, "{}", dump(line));
    return;
  }
  std::string line = message;
  for (const auto& [key, value] : members.items()) line += " " + key + "=" + dump(value);
  spdlog::log(level, "{}", line);
}

void on_logged_error(std::function<void(const std::string&)> listener) {
  for (const auto& sink : spdlog::default_logger()->sinks()) {
    const auto errors = std::dynamic_pointer_cast<ErrorSink>(sink);
    if (errors) errors->tell(std::move(listener));
  }
}

}  // namespace pm
