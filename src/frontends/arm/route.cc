// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/route.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::arm {
namespace {

constexpr std::string_view kAnyScope = "{scope...}";

std::vector<Route> MakeRoutes() {
  std::vector<Route> routes;
  AddGroupRoutes(&routes);
  AddDeploymentRoutes(&routes);
  AddExportRoutes(&routes);
  AddOperationRoutes(&routes);
  AddRoleRoutes(&routes);
  AddCatalogueRoutes(&routes);
  AddFederatedRoutes(&routes);
  AddIdentityRoutes(&routes);
  AddTagRoutes(&routes);
  AddExtensionRoutes(&routes);
  AddMachineRoutes(&routes);
  AddScaleSetRoutes(&routes);
  AddScaleSetInstanceRoutes(&routes);
  AddScaleSetExtensionRoutes(&routes);
  AddScaleSetActionRoutes(&routes);
  AddStoredRoutes(&routes);
  return routes;
}

bool IsVariable(std::string_view segment) { return segment.starts_with('{'); }

// Takes `path` apart at its slashes; a leading one is no segment.
std::vector<std::string_view> Segments(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  return path.empty() ? std::vector<std::string_view>() : Split(path, '/');
}

// The first segments of any path, in the spelling that ids have.
std::string JoinScope(const std::vector<std::string>& segments, std::size_t count) {
  constexpr std::string_view kWords[] = {"subscriptions", "resourceGroups", "providers"};
  std::string joined;
  for (std::size_t i = 0; i < count; ++i) {
    std::string_view text = segments[i];
    for (const std::string_view word : kWords) {
      if (i % 2 == 0 && EqualsIgnoringCase(word, text)) text = word;
    }
    joined.append("/").append(text);
  }
  return joined.empty() ? "/" : joined;
}

// Compares a call's segments with a path's, from the call's segment `first` on, and appends what
// they are to `joined`.
bool Match(const std::vector<std::string_view>& ours, const Call& call, std::size_t first,
           TextMap* captures, std::string* joined) {
  if (call.segments.size() - first != ours.size()) return false;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const std::string& theirs = call.segments[first + i];
    if (IsVariable(ours[i])) {
      captures->emplace(ours[i].substr(1, ours[i].size() - 2), theirs);
      joined->append("/").append(theirs);
    } else if (EqualsIgnoringCase(ours[i], theirs)) {
      joined->append("/").append(ours[i]);
    } else {
      return false;
    }
  }
  return true;
}

std::string FillIn(std::string_view action, const TextMap& captures) {
  std::string filled;
  while (!action.empty()) {
    const std::size_t open = std::min(action.find('{'), action.size());
    filled.append(action.substr(0, open));
    action.remove_prefix(open);
    if (action.empty()) break;
    const std::size_t close = action.find('}');
    filled.append(captures.find(action.substr(1, close - 1))->second);
    action.remove_prefix(close + 1);
  }
  return filled;
}

bool Fits(const Route& route, Call* call) {
  const std::size_t bar = std::min(route.path.find('|'), route.path.size());
  std::string_view scope = route.path.substr(0, bar);
  const std::string_view rest = route.path.substr(std::min(bar + 1, route.path.size()));
  const auto rest_segments = Segments(rest);
  TextMap captures;
  std::string target;
  std::string scope_text;
  if (scope == kAnyScope) {
    if (call->segments.size() < rest_segments.size()) return false;
    const std::size_t first = call->segments.size() - rest_segments.size();
    scope_text = JoinScope(call->segments, first);
    target = scope_text == "/" ? "" : scope_text;
    if (!Match(rest_segments, *call, first, &captures, &target)) return false;
  } else {
    auto all = Segments(scope);
    const std::size_t scope_count = all.size();
    all.insert(all.end(), rest_segments.begin(), rest_segments.end());
    if (!Match(all, *call, 0, &captures, &target)) return false;
    scope_text = JoinScope(call->segments, scope_count);
  }
  call->captures = std::move(captures);
  call->target = std::move(target);
  call->scope = std::move(scope_text);
  call->action = FillIn(route.action, call->captures);
  return true;
}

}  // namespace

const std::vector<Route>& Routes() {
  static const std::vector<Route> routes = MakeRoutes();
  return routes;
}

Result<const Route*> FindRoute(const std::vector<Route>& routes, Call* call) {
  bool path_known = false;
  for (const Route& route : routes) {
    const bool method = route.method == call->method;
    if (!method && path_known) continue;
    if (!Fits(route, call)) continue;
    if (method) return &route;
    path_known = true;
  }
  if (path_known) {
    return Refuse(ErrorKind::kInvalidRequest, reasons::kMethodNotAllowed, "MethodNotAllowed",
                  "The request method '" + call->method + "' is not supported here.");
  }
  return Refuse(ErrorKind::kNotFound, reasons::kNoSuchPath, "InvalidRequestUri",
                "There is nothing at this path.");
}

}  // namespace openimds::arm
