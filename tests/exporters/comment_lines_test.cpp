#include "exporters/comment_lines.h"

#include <gtest/gtest.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

TEST(CommentLines, TheHeaderSaysWhatWhenAndWhatIsMissing) {
  EXPECT_EQ(comment_header(test::suite_of_all_kinds(), "x", "What it is.",
                           {{"kite", "it flew"}, {"auk", "it did not"}}),
            "# What it is.\n"
            "# Written by the Port Manager at revision 41, 2026-11-22T20:05:10Z.\n"
            "# Do not edit it: GET /api/ports/export?format=x writes it anew.\n"
            "# Left out:\n"
            "#   auk: it did not.\n"
            "#   kite: it flew.\n"
            "\n");
}

TEST(CommentLines, ANameIsSaidWhereItIsNotTheId) {
  ExportedService service;
  service.service_id = service.name = "kite";
  EXPECT_EQ(comment_line(service), "# kite\n");
  service.name = "The\nKite";
  EXPECT_EQ(comment_line(service), "# kite (The Kite)\n");
}

}  // namespace
}  // namespace pm
