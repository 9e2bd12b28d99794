#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConfigRoutes : public testing::Test, public ApiWorld {
 protected:
  Answer exported(const std::string& format) {
    return get("/api/ports/export", {{"format", format}});
  }
  void hold(int port) {
    const auto body = R"({"port": )" + std::to_string(port) + R"(, "hold": true})";
    ASSERT_EQ(post("/api/ports/reserve", body).status(), 200);
    ASSERT_THAT(probe.held(), ElementsAre(tcp(port)));
  }
};

TEST_F(ConfigRoutes, TheOwnFormatHasThreeNames) {
  const auto plain = get("/api/ports/export");
  EXPECT_EQ(plain.response.content_type, "application/json");
  EXPECT_EQ(exported("port_config").text(), plain.text());
  EXPECT_EQ(exported("json").text(), plain.text());
}

TEST_F(ConfigRoutes, SysctlIsText) {
  have("kite", 8000);
  probe.set_ephemeral(EphemeralPorts::from("8000 8099", "8888").value());
  const auto answer = exported("sysctl");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.response.content_type, "text/plain; charset=utf-8");
  EXPECT_THAT(answer.text(), HasSubstr("\nnet.ipv4.ip_local_reserved_ports = 8000\n"));
  EXPECT_THAT(answer.text(), HasSubstr("8888"));
}

TEST_F(ConfigRoutes, AFormatThatThereIsNotIsAnsweredWithThoseThatThereAre) {
  for (const std::string format : {"cuneiform", "", "SYSCTL"}) {
    const auto answer = exported(format);
    EXPECT_EQ(answer.status(), 400) << format;
    EXPECT_EQ(answer.body["field"], "format");
    EXPECT_THAT(answer.body["detail"].get<std::string>(), HasSubstr("port_config"));
    EXPECT_THAT(answer.body["detail"].get<std::string>(), HasSubstr("sysctl"));
  }
}

TEST_F(ConfigRoutes, AFormatComesWithItsTypeItsRevisionAndAFileName) {
  have("kite", 8000);
  const auto answer = exported("csv");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.response.content_type, "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(answer.header("X-Revision"), std::to_string(store.snapshot()->revision()));
  EXPECT_EQ(answer.header("Content-Disposition"), "inline; filename=\"ports.csv\"");
  EXPECT_THAT(answer.text(), HasSubstr("kite,kite,,127.0.0.1,tcp,8000,,/health\r\n"));
}

TEST_F(ConfigRoutes, AnExportMayNameServicesAndAHost) {
  have("kite", 8000);
  have("wren", 8001);
  have("lark", 8002);
  const auto answer = get("/api/ports/export",
                          {{"format", "dotenv"}, {"services", "wren,,lark"}, {"host", "node-7"}});
  EXPECT_THAT(answer.text(), HasSubstr("WREN_URL=http://node-7:8001\n"));
  EXPECT_THAT(answer.text(), HasSubstr("LARK_URL=http://node-7:8002\n"));
  EXPECT_THAT(answer.text(), testing::Not(HasSubstr("KITE")));
}

TEST_F(ConfigRoutes, AnExportOfWhatThereIsNotIsRefused) {
  have("kite", 8000);
  const auto refuses = [&](const Pairs& query, int status, const std::string& field) {
    const auto answer = get("/api/ports/export", query);
    EXPECT_EQ(answer.status(), status);
    EXPECT_EQ(answer.body["field"], field);
  };
  refuses({{"format", "csv"}, {"services", "kite,nobody"}}, 404, "services");
  refuses({{"format", "csv"}, {"host", "a b"}}, 400, "host");
  refuses({{"format", "sysctl"}, {"services", "kite"}}, 400, "format");
  refuses({{"services", "kite"}}, 400, "format");
  refuses({{"format", "json"}, {"host", "node-7"}}, 400, "format");
}

TEST_F(ConfigRoutes, ABackupIsGivenAsItIsInItsFile) {
  ASSERT_EQ(post("/api/ports/backup", "", {{"backup_file", "b.json"}}).status(), 200);
  const auto answer = get("/api/ports/backups/b.json");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.text(), "the text of b.json");
  EXPECT_EQ(answer.response.content_type, "application/json");
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(lane("/api/ports/backups/b.json"), Lane::read);
}

TEST_F(ConfigRoutes, ABackupThatThereIsNotIsNotFound) {
  const auto answer = get("/api/ports/backups/b.json");
  EXPECT_EQ(answer.status(), 404);
  EXPECT_EQ(answer.body["code"], "not_found");
}

TEST_F(ConfigRoutes, AnImportLetsGoOfWhatItDoesNotHold) {
  hold(8020);
  ASSERT_EQ(post("/api/ports/import", "kite").status(), 200);
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(ConfigRoutes, ARestoreLetsGoOfWhatItDoesNotHold) {
  hold(8020);
  ASSERT_EQ(post("/api/ports/backup", "", {{"backup_file", "b.json"}}).status(), 200);
  ASSERT_EQ(post("/api/ports/restore", "", {{"backup_file", "b.json"}}).status(), 200);
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(ConfigRoutes, AResetLetsGoOfWhatItDoesNotHold) {
  hold(8020);
  ASSERT_EQ(post("/api/ports/reset").status(), 200);
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(ConfigRoutes, AnImportThatIsRefusedKeepsWhatIsHeld) {
  hold(8020);
  EXPECT_EQ(post("/api/ports/import", "").status(), 400);
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8020)));
}

}  // namespace
}  // namespace pm::test
