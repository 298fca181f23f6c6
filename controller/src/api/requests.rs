//! Each request.

use bulla_reconcile::Version;
use bulla_resource::{SealedSecret, SealedSecretRevision, SealedSecretStatus};
use bulla_sealing::{FoundSecret, NativeSecret};
use bytes::Bytes;
use http::Method;
use kube::core::DeserializeGuard;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{ApiError, Call, Cluster, JSON, METADATA};
use crate::status;

/// What is read of an answer with metadata alone.
#[derive(Deserialize)]
struct Answer {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    uid: String,
    resource_version: String,
}

/// What is read of an object whose spec cannot be read.
#[derive(Deserialize)]
struct StatusOnly {
    status: Option<SealedSecretStatus>,
}

impl Cluster {
    /// The Secret of this name, without its data.
    pub(crate) async fn find_secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Version>, ApiError> {
        let answer = self.get(secret_path(namespace, name), METADATA).await?;
        Ok(answer.map(|Answer { metadata }| metadata.into()))
    }

    /// The Secret of this name, as far as it matters whether it is ours.
    pub(crate) async fn read_secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<FoundSecret>, ApiError> {
        self.get(secret_path(namespace, name), JSON).await
    }

    /// Creates a Secret, and returns its UID; `None` if one of this name is there.
    pub(crate) async fn create_secret(
        &self,
        namespace: &str,
        secret: &NativeSecret,
    ) -> Result<Option<String>, ApiError> {
        let path = format!("/api/v1/namespaces/{namespace}/secrets");
        // The owner of these bytes overwrites them when hyper is done with them.
        let body = Bytes::from_owner(to_json(&secret.expose())?);
        match self.send(post(path, body)).await {
            Ok(answer) => parse::<Answer>(&answer).map(|answer| Some(answer.metadata.uid)),
            Err(error) if error.is(409) => Ok(None),
            Err(error) => Err(error.in_missing_namespace()),
        }
    }

    /// Writes a record, unless it is there.
    pub(crate) async fn create_record(
        &self,
        namespace: &str,
        record: &SealedSecretRevision,
    ) -> Result<(), ApiError> {
        let path = format!("/apis/bulla.dev/v1alpha1/namespaces/{namespace}/sealedsecretrevisions");
        let body = Bytes::from_owner(to_json(record)?);
        match self.send(post(path, body)).await {
            Ok(_) => Ok(()),
            Err(error) if error.is(409) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The SealedSecret with all its envelopes.
    pub(crate) async fn read_sealed_secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<DeserializeGuard<SealedSecret>>, ApiError> {
        self.get(sealed_secret_path(namespace, name), JSON).await
    }

    /// The status of a SealedSecret whose spec cannot be read; an empty one if that cannot be read
    /// either.
    pub(crate) async fn read_status(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<SealedSecretStatus>, ApiError> {
        let path = sealed_secret_path(namespace, name);
        let Some(object) = self.get::<serde_json::Value>(path, JSON).await? else {
            return Ok(None);
        };
        let read: Option<StatusOnly> = serde_json::from_value(object).ok();
        Ok(Some(read.and_then(|read| read.status).unwrap_or_default()))
    }

    /// Writes the status, and returns the object's new resource version. 409 if somebody else wrote
    /// since `resource_version`, 404 if the object is gone.
    pub(crate) async fn write_status(
        &self,
        namespace: &str,
        name: &str,
        resource_version: &str,
        status: &SealedSecretStatus,
    ) -> Result<String, ApiError> {
        let path = format!("{}/status", sealed_secret_path(namespace, name));
        let call = Call {
            method: Method::PATCH,
            path,
            accept: METADATA,
            content_type: "application/merge-patch+json",
            body: Bytes::from_owner(to_json(&status::patch(status, resource_version))?),
        };
        let answer: Answer = parse(&self.send(call).await?)?;
        Ok(answer.metadata.resource_version)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: String,
        accept: &str,
    ) -> Result<Option<T>, ApiError> {
        let call = Call {
            method: Method::GET,
            path,
            accept,
            content_type: JSON,
            body: Bytes::new(),
        };
        match self.send(call).await {
            Ok(answer) => parse(&answer).map(Some),
            Err(error) if error.is(404) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<Metadata> for Version {
    fn from(metadata: Metadata) -> Self {
        Self {
            uid: metadata.uid,
            resource_version: metadata.resource_version,
        }
    }
}

fn post(path: String, body: Bytes) -> Call<'static> {
    Call {
        method: Method::POST,
        path,
        accept: METADATA,
        content_type: JSON,
        body,
    }
}

fn secret_path(namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/secrets/{name}")
}

fn sealed_secret_path(namespace: &str, name: &str) -> String {
    format!("/apis/bulla.dev/v1alpha1/namespaces/{namespace}/sealedsecrets/{name}")
}

/// The error of a parser could repeat what it read.
fn parse<T: DeserializeOwned>(answer: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(answer).map_err(|_| ApiError::no_answer())
}

/// Measured first and written then: a buffer that grows leaves copies behind.
fn to_json<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, ApiError> {
    let mut measured = Length(0);
    serde_json::to_writer(&mut measured, value).map_err(|_| ApiError::no_answer())?;
    let mut body = Zeroizing::new(Vec::with_capacity(measured.0));
    serde_json::to_writer(&mut *body, value).map_err(|_| ApiError::no_answer())?;
    Ok(body)
}

/// A writer that counts.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
