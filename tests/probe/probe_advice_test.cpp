#include "probe/probe_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pm {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ProbeAdvice, HasNothingToSayWhenEverythingIsSeen) {
  EXPECT_EQ(advice_on({.listeners = 40}), "");
}

TEST(ProbeAdvice, NamesTheNumberAndTheCapabilities) {
  EXPECT_THAT(advice_on({.listeners = 40, .without_owner = 12}),
              AllOf(HasSubstr("12 of 40 listening sockets"), HasSubstr("CAP_SYS_PTRACE"),
                    HasSubstr("CAP_DAC_READ_SEARCH")));
}

TEST(ProbeAdvice, DoesNotAskForCapabilitiesThatItHas) {
  EXPECT_THAT(advice_on({.listeners = 40, .without_owner = 1, .may_see_all = true}),
              AllOf(HasSubstr("1 of 40"), HasSubstr("PID namespace"), Not(HasSubstr("CAP_"))));
}

TEST(ProbeAdvice, SaysWhySockDiagIsNotUsed) {
  EXPECT_THAT(advice_on({.sock_diag_refusal = "sock_diag: Permission denied"}),
              AllOf(HasSubstr("/proc/net"), HasSubstr("sock_diag: Permission denied")));
}

TEST(ProbeAdvice, BothCapabilitiesAreNeeded) {
  const std::string before = "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t";
  EXPECT_TRUE(may_see_all_users(before + "000001ffffffffff\nCapBnd:\t0\n"));
  EXPECT_TRUE(may_see_all_users(before + "0000000000080004\n"));
  EXPECT_FALSE(may_see_all_users(before + "0000000000080000\n"));
  EXPECT_FALSE(may_see_all_users(before + "0000000000000004\n"));
  EXPECT_FALSE(may_see_all_users("Name:\tx\n"));
}

}  // namespace
}  // namespace pm
