// SPDX-License-Identifier: Apache-2.0
#include "migrate/source_text.h"

#include <gtest/gtest.h>

#include <string>

namespace openimds::migrate {
namespace {

TEST(SourceText, CountsLinesAndCharactersFromOne) {
  const SourceText source("a.py", "a\n\xC3\xA9x\r\n");
  EXPECT_EQ(source.PositionOf(0).line, 1u);
  EXPECT_EQ(source.PositionOf(4).line, 2u);
  EXPECT_EQ(source.PositionOf(4).column, 2u);
  EXPECT_EQ(source.PositionOf(source.text().size()).line, 3u);
  EXPECT_EQ(source.Text(source.LineAt(3)), "\xC3\xA9x");
  EXPECT_EQ(source.Text(source.WholeLineAt(3)), "\xC3\xA9x\r\n");
}

TEST(SourceText, FindsWordsWhole) {
  const SourceText source("a.py", "xWord word_ 1word WORD");
  EXPECT_EQ(source.FindWord("word", 0), 18u);
  EXPECT_EQ(source.FindWordIn("word", {0, 18}), SourceText::kNone);
}

struct LexCase {
  const char* path;
  const char* text;  // what people read is PROSE in it, what is in a string TEXT
};

TEST(SourceText, KnowsCommentsAndStringsOfEachLanguage) {
  for (const LexCase& it : {
           LexCase{"a.py", "x = 'TEXT # TEXT' # PROSE\n\"\"\"PROSE\"\"\"\ny = \"\"\"TEXT\"\"\"\n"},
           LexCase{"a.js", "a = `TEXT // TEXT\nTEXT`; // PROSE\n/* PROSE */ 'TEXT'"},
           LexCase{"a.go", "a := `TEXT\\`; /* PROSE */ b"},
           LexCase{"a.java", "String s = \"TEXT\"; // PROSE\n/** PROSE */"},
           LexCase{"a.sh", "echo $# ${a#b} 'x # TEXT' # PROSE\n"},
           LexCase{"a.ps1", "<# PROSE #> $a = 'TEXT' # PROSE"},
           LexCase{"a.yaml", "url: http://a#b # PROSE"},
           LexCase{"a.tf", "a = \"TEXT # TEXT\" # PROSE\n// PROSE\n/* PROSE */"},
           LexCase{"a.bicep", "a: 'TEXT // TEXT' // PROSE"},
           LexCase{"a.jsonc", "{\"TEXT\": 1} // PROSE"},
           LexCase{"a.xml", "<a><!-- PROSE --></a>"},
           LexCase{"a.bat", "set a=b\nREM PROSE"},
           LexCase{"a.ini", "; PROSE\na=b"},
           LexCase{"a.md", "PROSE\n```sh\ncode\n```\nPROSE"},
       }) {
    const SourceText source(it.path, it.text);
    const std::string_view text = source.text();
    for (std::size_t at = text.find("PROSE"); at != SourceText::kNone;
         at = text.find("PROSE", at + 1)) {
      EXPECT_TRUE(source.IsProse(at)) << it.path << ": " << it.text << " at " << at;
    }
    for (std::size_t at = text.find("TEXT"); at != SourceText::kNone;
         at = text.find("TEXT", at + 1)) {
      EXPECT_FALSE(source.IsProse(at)) << it.path << ": " << it.text << " at " << at;
      EXPECT_NE(source.StringAt(at).end, 0u) << it.path << ": " << it.text << " at " << at;
    }
  }
}

TEST(SourceText, TakesCodeForCode) {
  struct Case {
    const char* path;
    const char* text;
    const char* code;
  };
  for (const Case& it :
       {Case{"a.py", "x = '#'; CODE", "CODE"}, Case{"a.sh", "a=$# CODE", "CODE"},
        Case{"a.js", "x = 'http://y'; CODE", "CODE"}, Case{"a.md", "a\n```\nCODE\n```\n", "CODE"},
        Case{"a.py", "f(\n\"\"\"CODE\"\"\")", "CODE"},
        Case{"a.sh", "echo don\\'t; CODE", "CODE"}}) {
    const SourceText source(it.path, it.text);
    EXPECT_FALSE(source.IsProse(source.text().find(it.code))) << it.path << ": " << it.text;
  }
}

TEST(SourceText, KnowsStrings) {
  const SourceText source("a.py", "f('a\\'b', \"c\")");
  EXPECT_EQ(source.Text(source.StringAt(4)), "'a\\'b'");
  EXPECT_EQ(source.Text(source.StringAt(11)), "\"c\"");
  EXPECT_EQ(source.StringAt(0).end, 0u);
}

TEST(Language, IsKnownByNameExtensionOrInterpreter) {
  EXPECT_EQ(LanguageOf("x/Dockerfile", ""), Language::kDockerfile);
  EXPECT_EQ(LanguageOf("Dockerfile.prod", ""), Language::kDockerfile);
  EXPECT_EQ(LanguageOf("a.PY", ""), Language::kPython);
  EXPECT_EQ(LanguageOf(".env.local", ""), Language::kSettings);
  EXPECT_EQ(LanguageOf("run", "#!/usr/bin/env python3\n"), Language::kPython);
  EXPECT_EQ(LanguageOf("run", "#!/bin/sh -e\n"), Language::kShell);
  EXPECT_EQ(LanguageOf("run", "#!"), Language::kOther);
  EXPECT_EQ(LanguageOf("a.unknown", ""), Language::kOther);
}

}  // namespace
}  // namespace openimds::migrate
