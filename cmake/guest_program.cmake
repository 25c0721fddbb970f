# The guest's program alone, fully static: what a guest gets, whatever distribution it is
# (preset `extension`). The other presets build the same sources as an ordinary program.
#
# All that is in it stands here. No store, no control plane, no libcurl: the linker would say so.
set(sources
  attribution/listener_attributor.cc attribution/loopback_uid_attributor.cc
  base/guid.cc base/secret.cc base/subprocess.cc base/text.cc base/undumped_memory.cc
  broker/answer_question.cc broker/flat_answer.cc broker/throttle.cc broker/token_broker.cc
  broker/token_question.cc
  credentials/authority_gates.cc credentials/certificate.cc credentials/oauth_credential.cc
  credentials/secret_file.cc credentials/token_reply.cc credentials/upstream_log.cc
  crypto/assertion.cc crypto/certificate_chain.cc crypto/client_certificate.cc
  crypto/cms_envelope.cc crypto/digest.cc crypto/json_object.cc crypto/jws.cc
  crypto/openssl_rsa.cc crypto/public_certificate.cc crypto/tls_session.cc
  frontends/vm_extension/caller.cc frontends/vm_extension/routes.cc
  frontends/vm_extension/token_endpoint.cc frontends/vm_extension/token_request.cc
  frontends/vm_extension/token_response.cc
  http/caller_guard.cc http/client.cc http/connection.cc http/direct_client.cc http/form.cc
  http/head.cc http/outbound_url.cc http/request.cc http/request_parser.cc http/router.cc http/server.cc
  http/target.cc http/wire.cc http/worker_pool.cc
  model/credential_settings.cc model/resource_id.cc model/scheduled_event.cc
  net/address.cc net/link_facts.cc net/name_lookup.cc net/peer.cc net/socket.cc
  net/socket_owner.cc
  registry/identity_selector.cc registry/snapshot.cc
  telemetry/audit.cc telemetry/log.cc
  tokens/fetch_pool.cc tokens/retry_pause.cc tokens/token_cache.cc)
list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/src/)
file(GLOB own CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/extension/*.cc
                                ${PROJECT_SOURCE_DIR}/src/extension/handler/*.cc)
list(FILTER own EXCLUDE REGEX "_test\\.cc$")

set(OPENSSL_USE_STATIC_LIBS ON)
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(Threads REQUIRED)
find_library(OPENIMDS_STATIC_CARES libcares.a REQUIRED)

add_executable(managed_identity_extension ${own} ${sources})
set_target_properties(managed_identity_extension PROPERTIES
  OUTPUT_NAME managed-identity-extension)
# No path of the building machine is in it, so that two builds are the same bytes.
target_compile_options(managed_identity_extension PRIVATE
  -ffunction-sections -fdata-sections "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
target_link_options(managed_identity_extension PRIVATE
  -static -s -Wl,--gc-sections -Wl,--build-id=none)
target_link_libraries(managed_identity_extension PRIVATE
  openimds_warnings Boost::json OpenSSL::SSL OpenSSL::Crypto ${OPENIMDS_STATIC_CARES}
  Threads::Threads)
# Debian has neither of the log's two libraries as archives: it is compiled in.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/telemetry/log.cc PROPERTIES
  COMPILE_DEFINITIONS "SPDLOG_FMT_EXTERNAL;FMT_HEADER_ONLY")
