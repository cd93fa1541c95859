// A CDS Hooks client by others (@medplum/core): discovers, fills the prefetch from a FHIR server, calls, sends feedback.
//
// `node call.mjs` reads one JSON object from its input and prints one: {discovery, request, status, response, feedback}.
//   services   address of the discovery
//   fhir       base of the FHIR server that the prefetch is filled from
//   id         the service to call
//   context    of the call
//   without    keys of the prefetch that are left out after filling
//   server     added to the request as fhirServer, with a token, when given
//   override   the code of the override reason to send as feedback on the first card; otherwise what it suggests is taken
import { buildCdsRequest, MedplumClient } from '@medplum/core';
import { text } from 'node:stream/consumers';

const asked = JSON.parse(await text(process.stdin));
const fhir = new URL(asked.fhir);
let status;

async function counted(url, options) {
  const response = await fetch(url, options);
  status = response.status;
  return response;
}

const medplum = new MedplumClient({
  baseUrl: `${fhir.origin}/`,
  fhirUrlPath: fhir.pathname.slice(1),
  cdsServicesUrl: asked.services,
  fetch: counted,
  maxRetries: 0,
});

const discovery = await medplum.getCdsServices();
const service = discovery.services.find((each) => each.id === asked.id);
const user = { resourceType: 'Practitioner', id: asked.context.userId.split('/')[1] };
const request = await buildCdsRequest(medplum, user, service, asked.context);
for (const key of asked.without ?? []) {
  delete request.prefetch[key];
}
if (asked.server) {
  request.fhirServer = asked.server;
  request.fhirAuthorization = { access_token: 'made-up', token_type: 'Bearer', expires_in: 300, scope: 'patient/*.read' };
}

let response;
try {
  response = await medplum.callCdsService(service.id, request);
} catch (error) {
  response = error.outcome ?? { error: String(error) };
}
const called = { status, response };

let feedback = null;
const card = response.cards?.[0];
if (card) {
  const told = { card: card.uuid, outcomeTimestamp: new Date().toISOString() };
  if (asked.override) {
    told.outcome = 'overridden';
    told.overrideReason = { reason: { code: asked.override }, userComment: 'Discussed with the patient.' };
  } else {
    told.outcome = 'accepted';
    told.acceptedSuggestions = (card.suggestions ?? []).map((each) => ({ id: each.uuid }));
  }
  const posted = await fetch(`${asked.services}/${service.id}/feedback`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ feedback: [told] }),
  });
  feedback = { sent: told, status: posted.status, body: await posted.text() };
}

console.log(JSON.stringify({ discovery, request, ...called, feedback }));
