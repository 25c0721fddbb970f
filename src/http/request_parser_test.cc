// SPDX-License-Identifier: Apache-2.0
#include "http/request_parser.h"

#include <gmock/gmock.h>

namespace openimds::http {
namespace {

using Progress = RequestParser::Progress;

class RequestParserTest : public testing::Test {
 protected:
  // Feeds `bytes` at once; the text must live as long as the parser is asked about it.
  Progress Parse(std::string bytes) {
    bytes_ = std::move(bytes);
    parser_.Reset();
    consumed_ = 0;
    return parser_.Parse(bytes_, &consumed_);
  }

  // Feeds `bytes` one at a time, as a slow client would.
  Progress ParseSlowly(std::string bytes) {
    bytes_ = std::move(bytes);
    parser_.Reset();
    std::size_t position = 0;
    for (std::size_t end = 1; end <= bytes_.size(); ++end) {
      std::size_t consumed = 0;
      const auto progress =
          parser_.Parse(std::string_view(bytes_).substr(position, end - position), &consumed);
      position += consumed;
      if (progress != Progress::kNeedMore) return progress;
    }
    return Progress::kNeedMore;
  }

  ServerSettings limits_{.max_uri_bytes = 200, .max_headers = 8, .max_body_bytes = 64};
  RequestParser parser_{limits_};
  std::string bytes_;
  std::size_t consumed_ = 0;
};

constexpr char kGet[] = "GET /a?b=c HTTP/1.1\r\nHost: localhost\r\nMetadata:  true \r\n\r\n";

TEST_F(RequestParserTest, GivesViewsOfWhatWasSent) {
  for (const bool slowly : {false, true}) {
    ASSERT_EQ(slowly ? ParseSlowly(kGet) : Parse(kGet), Progress::kComplete);
    EXPECT_EQ(parser_.method(), "GET");
    EXPECT_EQ(parser_.raw_target(), "/a?b=c");
    EXPECT_EQ(parser_.host(), "localhost");
    ASSERT_EQ(parser_.headers().size(), 2U);
    EXPECT_EQ(parser_.headers()[1].name, "Metadata");
    EXPECT_EQ(parser_.headers()[1].value, "true");
    EXPECT_TRUE(parser_.keep_alive());
  }
}

TEST_F(RequestParserTest, StopsAtTheEndOfTheFirstOfTwo) {
  ASSERT_EQ(Parse(std::string(kGet) + "GET /second"), Progress::kComplete);
  EXPECT_EQ(consumed_, sizeof kGet - 1);
}

TEST_F(RequestParserTest, ReadsBodiesOfBothFramings) {
  const std::string head = "POST /t HTTP/1.1\r\nHost: x\r\n";
  for (const char* rest :
       {"Content-Length: 9\r\n\r\nresource=",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nreso\r\n5;x=y\r\nurce=\r\n0\r\n\r\n",
        "Transfer-Encoding: Chunked\r\n\r\n9\r\nresource=\r\n0\r\nT: railer\r\n\r\n"}) {
    for (const bool slowly : {false, true}) {
      ASSERT_EQ(slowly ? ParseSlowly(head + rest) : Parse(head + rest), Progress::kComplete)
          << rest;
      EXPECT_EQ(parser_.body(), "resource=") << rest;
    }
  }
}

struct Malformed {
  const char* name;
  std::string text;
  int status = 400;
};

void PrintTo(const Malformed& malformed, std::ostream* out) { *out << malformed.name; }

class Attack24Test : public RequestParserTest, public testing::WithParamInterface<Malformed> {};

TEST_P(Attack24Test, IsRefusedAtOnceAndSlowly) {
  EXPECT_EQ(Parse(GetParam().text), Progress::kRefused);
  EXPECT_EQ(parser_.refused_status(), GetParam().status);
  EXPECT_EQ(ParseSlowly(GetParam().text), Progress::kRefused);
  EXPECT_EQ(parser_.refused_status(), GetParam().status);
}

std::string Post(const std::string& fields) { return "POST / HTTP/1.1\r\nHost: x\r\n" + fields; }

INSTANTIATE_TEST_SUITE_P(
    RequestParserTest, Attack24Test,
    testing::Values(
        Malformed{"BothLengths", Post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")},
        Malformed{"BothLengthsTurned",
                  Post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n")},
        Malformed{"TwoLengths", Post("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc")},
        Malformed{"TwoDifferentLengths", Post("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc")},
        Malformed{"ListOfLengths", Post("Content-Length: 3, 3\r\n\r\nabc")},
        Malformed{"SignedLength", Post("Content-Length: +3\r\n\r\nabc")},
        Malformed{"HugeLength", Post("Content-Length: 99999999999999999999\r\n\r\n")},
        Malformed{"EmptyLength", Post("Content-Length:\r\n\r\n")},
        Malformed{"OtherCoding", Post("Transfer-Encoding: identity\r\n\r\n")},
        Malformed{"CodingList", Post("Transfer-Encoding: gzip, chunked\r\n\r\n")},
        Malformed{
            "TwoCodings",
            Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
        Malformed{"BadChunkSize", Post("Transfer-Encoding: chunked\r\n\r\nzz\r\n")},
        Malformed{"ChunkWithoutEnd",
                  Post("Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n")},
        Malformed{"FoldedLine", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"},
        Malformed{"FoldedBeforeItsValue",
                  "GET / HTTP/1.1\r\nHost: x\r\nMetadata:\r\n true\r\n\r\n"},
        Malformed{"FoldedCoding", Post("Transfer-Encoding:\r\n chunked\r\nA: b\r\n\r\n")},
        Malformed{"FoldedEmptyLast", "GET / HTTP/1.1\r\nHost: x\r\nA:\r\n \r\n\r\n"},
        Malformed{"FoldedEmptyMiddle", "GET / HTTP/1.1\r\nHost: x\r\nA:\r\n\t\r\nB: c\r\n\r\n"},
        Malformed{"FoldedFirstLine", "GET / HTTP/1.1\r\n Host: x\r\nA: b\r\n\r\n"},
        Malformed{"BareLineFeed", "GET / HTTP/1.1\nHost: x\r\n\r\n"},
        Malformed{"BareLineFeedInField", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"},
        Malformed{"BareCarriageReturn", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"},
        Malformed{"NulInField",
                  "GET / HTTP/1.1\r\nHost: x\r\nA: b" + std::string(1, 0) + "c\r\n\r\n"},
        Malformed{"SpaceBeforeColon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n"},
        Malformed{"SpaceInName", "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n"},
        Malformed{"NoHost", "GET / HTTP/1.1\r\nA: b\r\n\r\n"},
        Malformed{"TwoHosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
        Malformed{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"},
        Malformed{"Http2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
        Malformed{"Http09", "GET /\r\n\r\n"},
        Malformed{"ChunkedBeforeHttp11",
                  "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Malformed{"LongUri", "GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
        Malformed{"ManyHeaders",
                  "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: "
                  "7\r\nA: 8\r\n\r\n",
                  431},
        Malformed{"LongBody", Post("Content-Length: 65\r\n\r\n"), 413},
        Malformed{"LongChunks", Post("Transfer-Encoding: chunked\r\n\r\n41\r\n"), 413},
        Malformed{"OtherExpectation", Post("Expect: a-miracle\r\nContent-Length: 0\r\n\r\n"), 417}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace openimds::http
