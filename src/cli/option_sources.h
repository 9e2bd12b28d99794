#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pm {

class TomlText;

/// Where the options of an App come from: the command line, else the environment, else the file
/// that --config names. What is wrong with one is told by the name that it was given by. For one
/// parse of one App, whose options are all there already, and which must outlive it.
class OptionSources {
 public:
  explicit OptionSources(CLI::App& app);
  OptionSources(const OptionSources&) = delete;
  OptionSources& operator=(const OptionSources&) = delete;
  ~OptionSources();

  /// What the App is to parse, from its back: the command line behind argv[0], with the
  /// environment's word added where it has none of its own.
  std::vector<std::string> words(int argc, const char* const* argv);

  /// "--port", "PORTMANAGER_PORT" or "portmanager.toml, line 3: port", by the flag.
  std::string name_of(const std::string& flag) const;
  /// The fault with the flag in it, if there is one, replaced by that name.
  std::string told(const std::string& fault) const;

 private:
  CLI::App& app_;
  std::shared_ptr<TomlText> file_;
  std::set<std::string> on_line_;
  std::set<std::string> in_environment_;
};

}  // namespace pm
