#include "domain/judge_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/domain_support.h"

namespace pm {
namespace {

using std::string;
using test::at_second;
using test::port;

constexpr const char* boot = "boot-1";

/// A service "kite", a listener on its port, and what is known of both.
struct Scene {
  Scene() {
    service.service_id = "kite";
    listener.pid = 4711;
    listener.process = "nginx";
    listener.address = "0.0.0.0";
    listener.port = port(8000);
    listener.inode = 99;
    listener.start_ticks = 5000;
    listener.executable = "/usr/sbin/nginx";
  }

  /// What was learned of the process that the listener belongs to.
  Scene& learned_here(bool named_itself = true) {
    identity = LearnedIdentity{"kite",         boot,
                               listener.pid,   listener.start_ticks,
                               listener.inode, listener.executable,
                               named_itself,   at_second(0)};
    return *this;
  }
  /// What was learned of a process before this one.
  Scene& learned_before(bool named_itself, const string& executable) {
    learned_here(named_itself);
    identity->pid = 12;
    identity->inode = 3;
    identity->start_ticks = 100;
    identity->executable = executable;
    return *this;
  }
  Scene& answers(const string& name, bool healthy = true) {
    answer = HealthAnswer{true, healthy, name, at_second(1)};
    return *this;
  }
  Scene& asked_in_vain() {
    answer = HealthAnswer{false, false, "", at_second(1)};
    return *this;
  }
  Scene& still_asked() {
    answer = HealthAnswer{false, false, "", at_second(1), true};
    return *this;
  }
  Scene& on_udp() {
    listener.protocol = Protocol::udp;
    return *this;
  }
  Scene& unseen() {
    listener.pid = 0;
    listener.start_ticks = 0;
    listener.process = listener.executable = "";
    return *this;
  }

  Judgement judge() const {
    return judge_listener({service, listener, identity ? &*identity : nullptr,
                           answer ? &*answer : nullptr, known_as, is_self, service_is_self,
                           shares_address, young, boot, is_elsewhere});
  }

  Service service;
  Listener listener;
  std::optional<LearnedIdentity> identity;
  std::optional<HealthAnswer> answer;
  string known_as;
  bool is_self{false};
  bool service_is_self{false};
  bool shares_address{false};
  bool young{false};
  bool is_elsewhere{false};
};

/// For both verdicts, with the whole reason: operators read it.
void expect_service(const Scene& scene, const string& why) {
  const auto judgement = scene.judge();
  EXPECT_TRUE(judgement.is_service) << judgement.why;
  EXPECT_FALSE(judgement.is_undecided) << judgement.why;
  EXPECT_EQ(judgement.why, why);
}

void expect_stranger(const Scene& scene, const string& why) {
  const auto judgement = scene.judge();
  EXPECT_FALSE(judgement.is_service) << judgement.why;
  EXPECT_FALSE(judgement.is_undecided) << judgement.why;
  EXPECT_EQ(judgement.why, why);
}

void expect_undecided(const Scene& scene) {
  const auto judgement = scene.judge();
  EXPECT_TRUE(judgement.is_undecided) << judgement.why;
  EXPECT_FALSE(judgement.is_service) << judgement.why;
  EXPECT_EQ(judgement.why, "it was asked who it is and has not answered yet");
}

TEST(JudgeListener, ThisProcessIsThePortManagerAndNobodyElse) {
  Scene scene;
  scene.answers("kite").learned_here();
  scene.is_self = true;
  expect_stranger(scene, "it is the Port Manager itself");
  scene.service_is_self = true;
  expect_service(scene, "it is this Port Manager");
  scene.is_self = false;
  expect_stranger(scene, "it is not the running Port Manager");
}

TEST(JudgeListener, AnAnswerThatNamesSomebodySaysIt) {
  expect_service(Scene().answers("kite"), "it answers /health as kite");
  expect_stranger(Scene().answers("hornet"), "it answers /health as hornet");
  expect_stranger(Scene().answers("Kite"), "it answers /health as Kite");
}

TEST(JudgeListener, AnIllServiceIsStillTheService) {
  expect_service(Scene().answers("kite", false), "it answers /health as kite");
  expect_stranger(Scene().answers("hornet", false), "it answers /health as hornet");
}

TEST(JudgeListener, TheReasonNamesTheServicesOwnEndpoint) {
  Scene scene;
  scene.service.health_endpoint = "/alive";
  expect_service(scene.answers("kite"), "it answers /alive as kite");
  expect_stranger(scene.asked_in_vain(),
                  "nobody knows yet who it is, and it does not answer /alive");
}

TEST(JudgeListener, ANameCountsMoreThanAnyProcess) {
  Scene scene;
  scene.service.process = "nginx";
  scene.learned_here().answers("hornet");
  expect_stranger(scene, "it answers /health as hornet");
  scene.service.process = "kited";
  scene.learned_before(true, "/usr/bin/kited").answers("kite");
  scene.known_as = "hornet";
  expect_service(scene, "it answers /health as kite");
}

TEST(JudgeListener, TheLearnedProcessIsTheServiceWhateverItAnswers) {
  const string why = "its process is the one that answered as kite";
  expect_service(Scene().learned_here(), why);
  expect_service(Scene().learned_here().asked_in_vain(), why);
  expect_service(Scene().learned_here().answers(""), why);
  expect_service(Scene().learned_here().answers("", false), why);
  expect_service(Scene().learned_here(false), why);
}

TEST(JudgeListener, TheLearnedProcessIsTheServiceEvenIfTheRegisteredNameIsAnother) {
  Scene scene;
  scene.service.process = "kited";
  expect_service(scene.learned_here(), "its process is the one that answered as kite");
}

TEST(JudgeListener, AProcessOfSeveralServicesIsEachOfThem) {
  Scene scene;
  scene.known_as = "hornet";
  expect_stranger(scene, "its process is that of hornet");
  expect_service(scene.learned_here(), "its process is the one that answered as kite");
}

TEST(JudgeListener, AProcessOfAnotherServiceIsNotThisOneEvenIfItAnswersWell) {
  Scene scene;
  scene.known_as = "hornet";
  expect_stranger(scene.answers(""), "its process is that of hornet");
  scene.service.process = "nginx";
  expect_stranger(scene, "its process is that of hornet");
}

TEST(JudgeListener, WhereTheOwnerCannotBeSeenTheSocketDoes) {
  Scene scene;
  scene.unseen().learned_here();
  expect_service(scene, "its process is the one that answered as kite");
  scene.listener.inode = 100;
  expect_stranger(scene, "it does not answer /health, which kite always did");
}

TEST(JudgeListener, APidOfAnotherBootSaysNothing) {
  Scene scene;
  scene.learned_here();
  scene.identity->boot_id = "boot-0";
  expect_stranger(scene, "it does not answer /health, which kite always did");
  scene.unseen().learned_here();
  scene.identity->boot_id = "boot-0";
  expect_stranger(scene, "it does not answer /health, which kite always did");
}

TEST(JudgeListener, WhatWasLearnedInAnotherBootOtherwiseStillCounts) {
  Scene scene;
  scene.learned_before(true, "/usr/sbin/nginx").answers("");
  scene.identity->boot_id = "boot-0";
  expect_stranger(scene, "it answers /health without a name, and kite always gave its own");
  scene.identity->named_itself = false;
  expect_service(scene, "its program is /usr/sbin/nginx, as kite's was");
}

TEST(JudgeListener, WhoNamedItselfMustDoSoAgain) {
  Scene scene;
  scene.service.process = "nginx";
  scene.learned_before(true, "/usr/sbin/nginx");
  const string nameless = "it answers /health without a name, and kite always gave its own";
  expect_stranger(scene.answers(""), nameless);
  expect_stranger(scene.answers("", false), nameless);
  const string silent = "it does not answer /health, which kite always did";
  expect_stranger(scene.asked_in_vain(), silent);
  scene.answer.reset();
  expect_stranger(scene, silent);
}

TEST(JudgeListener, AServiceThatHasJustStartedMayBeSilentForAWhile) {
  Scene scene;
  scene.young = true;
  expect_service(scene.learned_before(true, "/usr/sbin/nginx"),
                 "it has just started, and its program is that of kite");
  expect_service(scene.asked_in_vain(), "it has just started, and its program is that of kite");
  expect_stranger(scene.answers(""),
                  "it answers /health without a name, and kite always gave its own");
  scene.answer.reset();
  expect_stranger(scene.learned_before(true, "/usr/bin/kited"),
                  "it does not answer /health, which kite always did");
  expect_stranger(scene.learned_before(true, ""),
                  "it does not answer /health, which kite always did");
  expect_stranger(scene.unseen().learned_before(true, ""),
                  "it does not answer /health, which kite always did");
}

TEST(JudgeListener, OneWithoutANameIsNotTheServiceThatAnswersByItsOwnElsewhere) {
  Scene scene;
  scene.answers("");
  ASSERT_TRUE(scene.judge().is_service);
  scene.is_elsewhere = true;
  expect_stranger(scene,
                  "it answers /health without a name, and kite answers by its own elsewhere");
}

TEST(JudgeListener, WhatWasLearnedWithoutANameYieldsToTheNameElsewhere) {
  Scene scene;
  scene.answers("").learned_here(false);
  ASSERT_TRUE(scene.judge().is_service);
  scene.is_elsewhere = true;
  EXPECT_FALSE(scene.judge().is_service);
  EXPECT_TRUE(scene.learned_here(true).judge().is_service) << "a process that gave the name itself";
}

TEST(JudgeListener, ARegisteredProcessNameDecidesByComm) {
  Scene scene;
  scene.service.process = "nginx";
  scene.listener.executable = "";
  expect_service(scene, "its process is nginx (pid 4711), as registered");
  scene.service.process = "kited";
  expect_stranger(scene, "its process is nginx (pid 4711), and kite's is kited");
  expect_stranger(scene.answers(""), "its process is nginx (pid 4711), and kite's is kited");
}

TEST(JudgeListener, ARegisteredProcessNameDecidesByTheExecutablesBaseName) {
  Scene scene;
  scene.service.process = "kited";
  scene.listener.process = "worker-1";
  scene.listener.executable = "/opt/kite/bin/kited";
  expect_service(scene, "its process is worker-1 (pid 4711), as registered");
  scene.listener.process = "";
  expect_service(scene, "its process is kited (pid 4711), as registered");
  scene.listener.executable = "/opt/kited/bin/kite";
  expect_stranger(scene, "its process is kite (pid 4711), and kite's is kited");
}

TEST(JudgeListener, ARegisteredPathStandsForItsBaseName) {
  Scene scene;
  scene.service.process = "/usr/local/sbin/nginx";
  expect_service(scene, "its process is nginx (pid 4711), as registered");
}

TEST(JudgeListener, ALongRegisteredNameIsComparedAsFarAsCommGoes) {
  Scene scene;
  scene.service.process = "itechsmart-notify";
  scene.listener.executable = "";
  scene.listener.process = "itechsmart-noti";
  EXPECT_TRUE(scene.judge().is_service);
  scene.listener.process = "itechsmart-not";
  EXPECT_FALSE(scene.judge().is_service);
  scene.listener.process = "itechsmart-ninj";
  EXPECT_FALSE(scene.judge().is_service);
  scene.service.process = "itechsmart-noti";
  scene.listener.process = "itechsmart-noti";
  EXPECT_TRUE(scene.judge().is_service);
}

TEST(JudgeListener, ARegisteredNameDecidesNothingWhereTheProcessCannotBeSeen) {
  Scene scene;
  scene.service.process = "kited";
  scene.unseen();
  expect_stranger(scene, "nobody knows yet who it is, and it does not answer /health");
  expect_service(scene.answers(""), "it answers /health, and nobody else is known to be there");
}

TEST(JudgeListener, AReplacedProgramIsStillThatProgram) {
  Scene scene;
  scene.service.process = "kited";
  scene.listener.process = "";
  scene.listener.executable = "/usr/bin/kited (deleted)";
  expect_service(scene, "its process is kited (pid 4711), as registered");
  scene.service.process = "";
  expect_service(scene.learned_before(false, "/usr/bin/kited"),
                 "its program is /usr/bin/kited, as kite's was");
  scene.listener.executable = "/usr/bin/kited";
  expect_service(scene.learned_before(false, "/usr/bin/kited (deleted)"),
                 "its program is /usr/bin/kited, as kite's was");
}

TEST(JudgeListener, ALearnedProgramDecidesForWhoNeverNamedItself) {
  const string same = "its program is /usr/sbin/nginx, as kite's was";
  expect_service(Scene().learned_before(false, "/usr/sbin/nginx"), same);
  expect_service(Scene().learned_before(false, "/usr/sbin/nginx").answers("", false), same);
  const string other = "its program is /usr/sbin/nginx, and kite's was /usr/bin/kited";
  expect_stranger(Scene().learned_before(false, "/usr/bin/kited"), other);
  expect_stranger(Scene().learned_before(false, "/usr/bin/kited").answers(""), other);
}

TEST(JudgeListener, ARegisteredNameComesBeforeALearnedProgram) {
  Scene scene;
  scene.service.process = "nginx";
  expect_service(scene.learned_before(false, "/usr/bin/kited"),
                 "its process is nginx (pid 4711), as registered");
}

TEST(JudgeListener, AProgramThatCannotBeSeenDecidesNothing) {
  expect_service(Scene().unseen().learned_before(false, "/usr/bin/kited").answers(""),
                 "it answers /health, and nobody else is known to be there");
  expect_service(Scene().learned_before(false, "").answers(""),
                 "it answers /health, and nobody else is known to be there");
  expect_stranger(Scene().learned_before(false, ""),
                  "nobody knows yet who it is, and it does not answer /health");
}

TEST(JudgeListener, OfAnUnknownServiceAHealthyAnswerIsItsOwn) {
  expect_service(Scene().answers(""), "it answers /health, and nobody else is known to be there");
  expect_stranger(Scene().answers("", false),
                  "nobody knows yet who it is, and its answer to /health is neither healthy nor "
                  "names it");
  const string silent = "nobody knows yet who it is, and it does not answer /health";
  expect_stranger(Scene(), silent);
  expect_stranger(Scene().asked_in_vain(), silent);
  Scene young;
  young.young = true;
  expect_stranger(young, silent);
}

TEST(JudgeListener, WhoMayStillAnswerIsUndecided) {
  expect_undecided(Scene().still_asked());
  expect_undecided(Scene().unseen().still_asked());
  expect_undecided(Scene().learned_before(true, "/usr/sbin/nginx").still_asked());
  Scene shared;
  shared.shares_address = true;
  expect_undecided(shared.still_asked());
}

TEST(JudgeListener, AnotherProgramThanOfTheServiceThatNamedItselfIsNotWaitedFor) {
  const string silent = "it does not answer /health, which kite always did";
  expect_stranger(Scene().learned_before(true, "/usr/bin/kited").still_asked(), silent);
  expect_stranger(Scene().unseen().learned_before(true, "").still_asked(), silent);
}

TEST(JudgeListener, WhatIsKnownWithoutAnAnswerDoesNotWaitForOne) {
  expect_service(Scene().learned_here().still_asked(),
                 "its process is the one that answered as kite");
  expect_service(Scene().learned_before(false, "/usr/sbin/nginx").still_asked(),
                 "its program is /usr/sbin/nginx, as kite's was");
  expect_service(Scene().on_udp().still_asked(), "nobody else is known to be there");
  Scene scene;
  scene.known_as = "hornet";
  expect_stranger(scene.still_asked(), "its process is that of hornet");
  scene.known_as = "";
  scene.service.process = "kited";
  expect_stranger(scene, "its process is nginx (pid 4711), and kite's is kited");
  scene.service.process = "";
  scene.young = true;
  expect_service(scene.learned_before(true, "/usr/sbin/nginx"),
                 "it has just started, and its program is that of kite");
}

TEST(JudgeListener, OnASharedAddressTheProcessDecidesAndNotTheAnswer) {
  Scene scene;
  scene.shares_address = true;
  expect_service(scene.learned_here().answers("hornet"),
                 "its process is the one that answered as kite");
  scene.known_as = "hornet";
  scene.identity.reset();
  expect_stranger(scene.answers("kite"), "its process is that of hornet");
  scene.known_as = "";
  expect_stranger(scene.learned_before(true, "/usr/bin/kited").answers("kite"),
                  "its program is /usr/sbin/nginx, and kite's was /usr/bin/kited");
  scene.service.process = "kited";
  expect_stranger(scene.answers("kite"), "its process is nginx (pid 4711), and kite's is kited");
}

TEST(JudgeListener, AWorkerThatSharesTheAddressIsTheService) {
  Scene scene;
  scene.shares_address = true;
  expect_service(scene.learned_before(true, "/usr/sbin/nginx"),
                 "its program is /usr/sbin/nginx, as kite's was");
}

TEST(JudgeListener, OnASharedAddressTheAnswerCountsWhereTheProcessTellsNothing) {
  Scene scene;
  scene.shares_address = true;
  expect_stranger(scene, "nobody knows yet who it is, and it does not answer /health");
  expect_service(scene.answers("kite"), "it answers /health as kite");
  expect_stranger(scene.answers("hornet"), "it answers /health as hornet");
  expect_service(scene.answers(""), "it answers /health, and nobody else is known to be there");
  scene.unseen().learned_before(true, "/usr/bin/kited");
  expect_stranger(scene, "it answers /health without a name, and kite always gave its own");
  expect_service(scene.answers("kite"), "it answers /health as kite");
}

TEST(JudgeListener, UdpIsNotAsked) {
  const string free = "nobody else is known to be there";
  expect_service(Scene().on_udp(), free);
  expect_service(Scene().on_udp().unseen(), free);
  expect_service(Scene().on_udp().answers("hornet"), free);
  expect_service(Scene().on_udp().answers("", false), free);
}

TEST(JudgeListener, OfUdpTheProcessDecides) {
  Scene scene;
  scene.on_udp();
  scene.known_as = "hornet";
  expect_stranger(scene, "its process is that of hornet");
  scene.known_as = "";
  scene.service.process = "kited";
  expect_stranger(scene, "its process is nginx (pid 4711), and kite's is kited");
  scene.service.process = "nginx";
  expect_service(scene, "its process is nginx (pid 4711), as registered");
  scene.service.process = "";
  expect_service(scene.learned_here(), "its process is the one that answered as kite");
  expect_service(scene.learned_before(true, "/usr/sbin/nginx"),
                 "its program is /usr/sbin/nginx, as kite's was");
  expect_stranger(scene.learned_before(true, "/usr/bin/kited"),
                  "its program is /usr/sbin/nginx, and kite's was /usr/bin/kited");
  scene.is_self = true;
  expect_stranger(scene, "it is the Port Manager itself");
}

/// Whatever is known: there is always a reason, and it ends no sentence of its own.
TEST(JudgeListener, AlwaysSaysWhy) {
  for (int bits = 0; bits < (1 << 10); ++bits) {
    const auto bit = [&](int index) { return ((bits >> index) & 1) != 0; };
    Scene scene;
    if (bit(0)) scene.on_udp();
    if (bit(1)) scene.unseen();
    if (bit(2)) scene.learned_before(bit(3), "/usr/bin/kited");
    if (bit(4)) scene.answers(bit(5) ? "kite" : "", bit(3));
    if (bit(6)) scene.known_as = "hornet";
    scene.is_self = bit(7);
    scene.shares_address = bit(8);
    if (bit(9)) scene.service.process = "kited";
    const auto judgement = scene.judge();
    ASSERT_FALSE(judgement.why.empty()) << bits;
    ASSERT_NE(judgement.why.back(), '.') << judgement.why;
    const bool is_named = bit(4) && bit(5) && !bit(0) && !bit(8) && !bit(7);
    if (is_named) {
      ASSERT_TRUE(judgement.is_service) << judgement.why;
    }
    if (bit(6) && !is_named) {
      ASSERT_FALSE(judgement.is_service) << judgement.why;
    }
  }
}

}  // namespace
}  // namespace pm
