#include "cli/serve_options.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "support/temp_folder.h"

namespace pm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What the process would have done.
struct Outcome {
  ServeLine command_line;
  std::string out;
  std::string err;

  bool serves() const { return std::holds_alternative<ServeOptions>(command_line); }
  const ServeOptions& options() const { return std::get<ServeOptions>(command_line); }
  ExitStatus status() const { return std::get<ExitStatus>(command_line); }
};

class ServeOptionsTest : public testing::Test {
 protected:
  ~ServeOptionsTest() override {
    for (const auto& name : set_) ::unsetenv(name.c_str());
  }

  static Outcome serve(std::vector<const char*> words) {
    words.insert(words.begin(), "serve");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome{parse_serve(static_cast<int>(words.size()), words.data()), "", ""};
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
  }
  void set(const std::string& name, const std::string& value) {
    ::setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }
  std::string file(const std::string& text) const {
    const auto path = folder_ / "portmanager.toml";
    std::ofstream(path) << text;
    return path;
  }
  void expect_usage(const Outcome& outcome, const std::string& fault) const {
    ASSERT_FALSE(outcome.serves());
    EXPECT_EQ(outcome.status(), ExitStatus::usage);
    EXPECT_THAT(outcome.err, HasSubstr(fault));
    EXPECT_THAT(outcome.out, IsEmpty());
  }

  test::TempFolder folder_;
  std::vector<std::string> set_;
};

TEST_F(ServeOptionsTest, Defaults) {
  const auto outcome = serve({});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  const auto& options = outcome.options();
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 8100);
  EXPECT_EQ(options.data_dir, "data");
  EXPECT_EQ(options.range, "8000-9000");
  EXPECT_EQ(options.self_id, "itechsmart-port-manager");
  EXPECT_EQ(options.http_threads, 2);
  EXPECT_THAT(options.allowed_origins, IsEmpty());
  EXPECT_EQ(options.categories.size(), 3U);
}

TEST_F(ServeOptionsTest, Flags) {
  const auto outcome =
      serve({"--port", "0", "--host=0.0.0.0", "--data-dir", "/srv/pm", "--log-level", "debug",
             "--allowed-origins", "https://a.example,https://b.example", "--allowed-hosts",
             "a.example,b.example", "--come-up-timeout-ms", "5000", "--host-pattern",
             "{service_id}.local"});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  const auto& options = outcome.options();
  EXPECT_EQ(options.port, 0);
  EXPECT_EQ(options.host, "0.0.0.0");
  EXPECT_EQ(options.data_dir, "/srv/pm");
  EXPECT_EQ(options.log_level, "debug");
  EXPECT_THAT(options.allowed_origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_THAT(options.allowed_hosts, ElementsAre("a.example", "b.example"));
  EXPECT_EQ(options.come_up_timeout_ms, 5'000);
  EXPECT_EQ(options.host_pattern, "{service_id}.local");
}

TEST_F(ServeOptionsTest, Environment) {
  set("PORTMANAGER_PORT", "8200");
  set("PORTMANAGER_DATA_DIR", "/srv/env");
  set("PORTMANAGER_UPDATE_TIMEOUT_MS", "7");
  set("PORTMANAGER_ALLOWED_ORIGINS", "https://a.example,https://b.example");
  const auto outcome = serve({});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_EQ(outcome.options().port, 8200);
  EXPECT_EQ(outcome.options().data_dir, "/srv/env");
  EXPECT_EQ(outcome.options().update_timeout_ms, 7);
  EXPECT_THAT(outcome.options().allowed_origins,
              ElementsAre("https://a.example", "https://b.example"));
}

TEST_F(ServeOptionsTest, AnEmptyVariableIsAnEmptyText) {
  const auto path = file("hub-url = \"http://hub\"\n");
  set("PORTMANAGER_HUB_URL", "");
  set("PORTMANAGER_AUTH_TOKEN_FILE", "");
  const auto outcome = serve({"--config", path.c_str()});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_EQ(outcome.options().upstream.hub_url, "");
  EXPECT_EQ(outcome.options().upstream.ninja_url, "");
  EXPECT_EQ(outcome.options().auth_token_file, "");
}

TEST_F(ServeOptionsTest, HubAndNinjaAreAmongThem) {
  const auto path = file("ninja-url = \"http://ninja:8002\"\nhub-events-path = \"/events\"\n");
  set("PORTMANAGER_UPSTREAM_TIMEOUT_MS", "77");
  const auto outcome = serve({"--config", path.c_str(), "--hub-url", "http://hub:8001"});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_EQ(outcome.options().upstream.hub_url, "http://hub:8001");
  EXPECT_EQ(outcome.options().upstream.ninja_url, "http://ninja:8002");
  EXPECT_EQ(outcome.options().upstream.hub_events_path, "/events");
  EXPECT_EQ(outcome.options().upstream.timeout_ms, 77);
  expect_usage(serve({"--hub-url", "hub:8001"}), "--hub-url");
}

TEST_F(ServeOptionsTest, TheEnvironmentIsCheckedAsFlagsAre) {
  set("PORTMANAGER_PORT", "70000");
  expect_usage(serve({}), "70000");
}

TEST_F(ServeOptionsTest, File) {
  const auto path = file(
      "# a comment\n"
      "port = 8300\n"
      "host = \"127.0.0.2\"\n"
      "data-dir = \"/srv/file\"\n"
      "allowed-origins = [\"https://a.example\", \"https://b.example\"]\n"
      "categories = [\"core=8000-8009\"]\n");
  const auto outcome = serve({"--config", path.c_str()});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_EQ(outcome.options().port, 8300);
  EXPECT_EQ(outcome.options().host, "127.0.0.2");
  EXPECT_EQ(outcome.options().data_dir, "/srv/file");
  EXPECT_THAT(outcome.options().allowed_origins,
              ElementsAre("https://a.example", "https://b.example"));
  EXPECT_THAT(outcome.options().categories, ElementsAre("core=8000-8009"));
}

TEST_F(ServeOptionsTest, TheFileMayBeNamedByTheEnvironment) {
  set("PORTMANAGER_CONFIG", file("port = 8300\n"));
  const auto outcome = serve({});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_EQ(outcome.options().port, 8300);
}

TEST_F(ServeOptionsTest, FlagsGoBeforeEnvironmentAndEnvironmentBeforeFile) {
  const auto path = file("port = 8300\nhost = \"127.0.0.3\"\ndata-dir = \"/srv/file\"\n");
  set("PORTMANAGER_PORT", "8200");
  set("PORTMANAGER_HOST", "127.0.0.2");
  const auto outcome = serve({"--config", path.c_str(), "--port", "8100"});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_EQ(outcome.options().port, 8100);
  EXPECT_EQ(outcome.options().host, "127.0.0.2");
  EXPECT_EQ(outcome.options().data_dir, "/srv/file");
}

TEST_F(ServeOptionsTest, AListIsReplacedAsAWhole) {
  const auto path = file("allowed-origins = [\"https://file.example\"]\n");
  set("PORTMANAGER_ALLOWED_ORIGINS", "https://env.example");
  const auto outcome = serve({"--config", path.c_str()});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_THAT(outcome.options().allowed_origins, ElementsAre("https://env.example"));
}

TEST_F(ServeOptionsTest, TheDocumentedFileHasEveryDefault) {
  std::ifstream documented(PM_SOURCE_DIR "/config/portmanager.toml");
  ASSERT_TRUE(documented);
  std::string uncommented;
  for (std::string line; std::getline(documented, line);) {
    const auto equals = line.find(" = ");
    const bool is_option = line.starts_with("# ") && equals != std::string::npos &&
                           line.find(' ', 2) == equals && line.find('/') == std::string::npos;
    if (is_option && line.find("\"\"") == std::string::npos) uncommented += line.substr(2) + '\n';
  }
  const auto path = file(uncommented);
  const auto outcome = serve({"--config", path.c_str()});
  ASSERT_TRUE(outcome.serves()) << outcome.err << uncommented;
  const ServeOptions defaults;
  EXPECT_EQ(outcome.options().port, defaults.port);
  EXPECT_EQ(outcome.options().range, defaults.range);
  EXPECT_EQ(outcome.options().categories, defaults.categories);
  EXPECT_EQ(outcome.options().come_up_timeout_ms, defaults.come_up_timeout_ms);
  EXPECT_EQ(outcome.options().keep_alive_timeout_ms, defaults.keep_alive_timeout_ms);
  EXPECT_THAT(uncommented, HasSubstr("http-threads = 2\n"));
}

TEST_F(ServeOptionsTest, AnUnknownKeyIsRefused) {
  const auto path = file("port = 8300\nprot = 8301\n");
  expect_usage(
      serve({"--config", path.c_str()}),
      path + " is not understood: line 2: there is no option \"prot\"; did you mean port?");
  const auto section = file("\n[server]\nport = 8300\n");
  expect_usage(serve({"--config", section.c_str()}), "there is no option \"server.port\"");
  const auto broken = file("# one\n\n= broken [\n");
  expect_usage(serve({"--config", broken.c_str()}), "line 3");
}

TEST_F(ServeOptionsTest, AFileWithAWrongValueIsRefused) {
  for (const char* text : {"port = \"high\"\n", "port = 70000\n", "log-level = \"loud\"\n",
                           "range = \"9000-8000\"\n"}) {
    const auto path = file(text);
    const auto outcome = serve({"--config", path.c_str()});
    ASSERT_FALSE(outcome.serves()) << text;
    EXPECT_EQ(outcome.status(), ExitStatus::usage) << text;
    EXPECT_FALSE(outcome.err.empty()) << text;
  }
}

TEST_F(ServeOptionsTest, AWrongValueIsToldByTheNameThatItWasGivenBy) {
  const auto path = file("# a comment\nrange = \"8000-9000\"\nport = \"x\"\n");
  expect_usage(serve({"--config", path.c_str()}),
               "portmanager: serve: " + path + ", line 3: port: Value x not in range");
  set("PORTMANAGER_PORT", "xx");
  expect_usage(serve({"--config", path.c_str()}),
               "portmanager: serve: PORTMANAGER_PORT: Value xx not in range");
  expect_usage(serve({"--port", "xxx"}), "portmanager: serve: --port: Value xxx not in range");
  ::unsetenv("PORTMANAGER_PORT");
  set("PORTMANAGER_RANGE", "9000-8000");
  expect_usage(serve({}), "portmanager: serve: PORTMANAGER_RANGE: ");
  set("PORTMANAGER_CONFIG", "/no/such/file");
  expect_usage(serve({}), "portmanager: serve: PORTMANAGER_CONFIG: ");
}

TEST_F(ServeOptionsTest, AFileThatIsNotThereIsRefused) {
  const auto path = (folder_ / "none.toml").string();
  expect_usage(serve({"--config", path.c_str()}), "none.toml");
  expect_usage(serve({"--import", path.c_str()}), "none.toml");
  expect_usage(serve({"--auth-token-file", path.c_str()}), "none.toml");
}

TEST_F(ServeOptionsTest, WrongFlagsAreRefused) {
  expect_usage(serve({"--prot", "8100"}), "serve: it does not take --prot.");
  expect_usage(serve({"--port", "70000"}), "70000");
  expect_usage(serve({"--port", "-1"}), "-1");
  expect_usage(serve({"--port", "8100x"}), "8100x");
  expect_usage(serve({"--port"}), "--port");
  expect_usage(serve({"stray"}), "stray");
  expect_usage(serve({"--log-level", "loud"}), "loud");
  expect_usage(serve({"--log-format", "xml"}), "xml");
  expect_usage(serve({"--http-threads", "0"}), "0");
  expect_usage(serve({"--header-timeout-ms", "0"}), "0");
  expect_usage(serve({"--self-id", "no/slash"}), "self-id");
}

TEST_F(ServeOptionsTest, ARangeIsTwoPortsInOrder) {
  for (const char* range :
       {"9000-8000", "80-90", "8000", "8000-", "-9000", "8000-70000", "", "a-b", "8000-9000x"}) {
    const auto outcome = serve({"--range", range});
    ASSERT_FALSE(outcome.serves()) << range;
    EXPECT_EQ(outcome.status(), ExitStatus::usage) << range;
    EXPECT_FALSE(outcome.err.empty()) << range;
  }
  const auto outcome = serve({"--range", "20000-20999"});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  EXPECT_EQ(outcome.options().suite()->range.text(), "20000-20999");
}

TEST_F(ServeOptionsTest, Categories) {
  const auto outcome = serve({"--categories", "core=8000-8009,edge=8020-8029"});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  const auto suite = outcome.options().suite();
  ASSERT_TRUE(suite);
  ASSERT_EQ(suite->categories.size(), 2U);
  EXPECT_EQ(suite->categories[0].name, "core");
  EXPECT_EQ(suite->categories[1].text(), "8020-8029");
  EXPECT_EQ(suite->range.name, "suite");
  for (const char* wrong :
       {"core", "=8000-8009", "core=", "core=8009-8000", "core=80-90", "core=8000-8009,edge"}) {
    const auto refused = serve({"--categories", wrong});
    ASSERT_FALSE(refused.serves()) << wrong;
    EXPECT_EQ(refused.status(), ExitStatus::usage) << wrong;
  }
}

TEST_F(ServeOptionsTest, ACategoryOutsideTheSuitesRangeIsLeftOut) {
  const auto outcome =
      serve({"--range", "8005-8100", "--categories", "core=8000-8009,edge=8020-8029"});
  ASSERT_TRUE(outcome.serves()) << outcome.err;
  const auto suite = outcome.options().suite();
  ASSERT_EQ(suite->categories.size(), 1U);
  EXPECT_EQ(suite->categories[0].name, "edge");
}

TEST_F(ServeOptionsTest, HelpIsAnsweredOnTheTerminal) {
  const auto help = serve({"--help"});
  EXPECT_EQ(help.status(), ExitStatus::done);
  EXPECT_THAT(help.out, HasSubstr("PORTMANAGER_DATA_DIR"));
}

}  // namespace
}  // namespace pm
