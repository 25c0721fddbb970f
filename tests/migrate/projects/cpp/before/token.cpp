#include <string>

// Without the header Metadata nothing is said of how it is sent, so people look at it.
std::string Url(const std::string& resource) {
  return "http://localhost:50342/oauth2/token?resource=" + resource;
}

constexpr int kItems = 50'342;
