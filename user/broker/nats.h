/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nats.h - the functions of libnats, loaded at first use: what talks to no broker does not pay for
 * the library, nor needs it.
 */
#ifndef NSWATCH_BROKER_NATS_H
#define NSWATCH_BROKER_NATS_H

#ifndef NSWATCH_STATIC
#include <nats/nats.h>

#include "lib/err.h"

/* Those that are called. */
#define NATS_CALLS(X)                                                                              \
	X(jsConsumerConfig_Init)                                                                   \
	X(jsConsumerInfo_Destroy)                                                                  \
	X(jsCtx_Destroy)                                                                           \
	X(jsOptions_Init)                                                                          \
	X(jsStreamConfig_Init)                                                                     \
	X(jsStreamInfo_Destroy)                                                                    \
	X(jsSubOptions_Init)                                                                       \
	X(js_AddStream)                                                                            \
	X(js_Subscribe)                                                                            \
	X(js_GetStreamInfo)                                                                        \
	X(natsConnection_Close)                                                                    \
	X(natsConnection_Connect)                                                                  \
	X(natsConnection_Destroy)                                                                  \
	X(natsConnection_FlushTimeout)                                                             \
	X(natsConnection_GetLastError)                                                             \
	X(natsConnection_JetStream)                                                                \
	X(natsConnection_PublishMsg)                                                               \
	X(natsConnection_Status)                                                                   \
	X(natsConnection_Subscribe)                                                                \
	X(natsInbox_Create)                                                                        \
	X(natsInbox_Destroy)                                                                       \
	X(natsMsgHeader_Set)                                                                       \
	X(natsMsg_Create)                                                                          \
	X(natsMsg_Destroy)                                                                         \
	X(natsMsg_GetData)                                                                         \
	X(natsMsg_GetDataLength)                                                                   \
	X(natsMsg_GetReply)                                                                        \
	X(natsMsg_GetSubject)                                                                      \
	X(natsMsg_IsNoResponders)                                                                  \
	X(natsOptions_Create)                                                                      \
	X(natsOptions_Destroy)                                                                     \
	X(natsOptions_LoadCATrustedCertificates)                                                   \
	X(natsOptions_LoadCertificatesChain)                                                       \
	X(natsOptions_SetClosedCB)                                                                 \
	X(natsOptions_SetCustomReconnectDelay)                                                     \
	X(natsOptions_SetDisconnectedCB)                                                           \
	X(natsOptions_SetErrorHandler)                                                             \
	X(natsOptions_SetMaxPingsOut)                                                              \
	X(natsOptions_SetMaxReconnect)                                                             \
	X(natsOptions_SetName)                                                                     \
	X(natsOptions_SetNKeyFromSeed)                                                             \
	X(natsOptions_SetPingInterval)                                                             \
	X(natsOptions_SetReconnectedCB)                                                            \
	X(natsOptions_SetSecure)                                                                   \
	X(natsOptions_SetServers)                                                                  \
	X(natsOptions_SetTimeout)                                                                  \
	X(natsOptions_SetToken)                                                                    \
	X(natsOptions_SetUserCredentialsFromFiles)                                                 \
	X(natsOptions_SetUserInfo)                                                                 \
	X(natsOptions_SetWriteDeadline)                                                            \
	X(natsStatus_GetText)                                                                      \
	X(natsSubscription_Destroy)                                                                \
	X(natsSubscription_SetOnCompleteCB)                                                        \
	X(natsSubscription_SetPendingLimits)                                                       \
	X(nats_CloseAndWait)                                                                       \
	X(nats_GetLastError)

struct nats {
#define NATS_MEMBER(name) typeof(name) *name;
	NATS_CALLS(NATS_MEMBER)
#undef NATS_MEMBER
};

/* Filled by nats_load(). */
extern struct nats nats;

/* 0, or -ENOPKG where the library is missing or too old. Whoever calls again gets the same. */
int nats_load(struct err *err);
#endif

#endif
