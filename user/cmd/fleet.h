/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fleet.h - the options of commands that talk to NATS JetStream. */
#ifndef NSWATCH_CMD_FLEET_H
#define NSWATCH_CMD_FLEET_H

#include "broker/broker.h"
#include "lib/opts.h"

/* Rows of a struct S with a member struct broker_opts m. */
#define FLEET_ROWS(S, m)                                                                           \
	{0, "stream", "NAME", OPT_STR(S, m.stream), .group = "The servers",                        \
		.help = "the stream of JetStream (default " BROKER_STREAM ")"},                    \
		{0, "user-file", "FILE", OPT_STR(S, m.user_file), .complete = OPT_C_FILE,          \
			.help = "log in as the user in the first line of FILE, by the password "   \
				"in the second"},                                                  \
		{0, "token-file", "FILE", OPT_STR(S, m.token_file), .complete = OPT_C_FILE,        \
			.help = "log in by the token in FILE"},                                    \
		{0, "creds", "FILE", OPT_STR(S, m.creds), .complete = OPT_C_FILE,                  \
			.help = "log in by a credentials file: JWT and seed"},                     \
		{0, "nkey-file", "FILE", OPT_STR(S, m.nkey_file), .complete = OPT_C_FILE,          \
			.help = "log in by the seed in FILE, with --nkey"},                        \
		{0, "nkey", "KEY", OPT_STR(S, m.nkey), .help = "the public key, U..."},            \
		{0, "tls-ca", "FILE", OPT_STR(S, m.tls_ca), .complete = OPT_C_FILE,                \
			.help = "by TLS; certificates in FILE vouch for the servers"},             \
		{0, "tls-cert", "FILE", OPT_STR(S, m.tls_cert), .complete = OPT_C_FILE,            \
			.help = "show this certificate to the servers"},                           \
	{                                                                                          \
		0, "tls-key", "FILE", OPT_STR(S, m.tls_key), .complete = OPT_C_FILE,               \
							     .help = "the key of --tls-cert"       \
	}

#endif
