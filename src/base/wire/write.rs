//! Writing: the server's side.

use super::{Names, Unreadable};
use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use std::fmt::{self, Write};

/// A value as it travels.
///
/// # Errors
/// When the type cannot travel: lists of unknown length, numbers of 128 bits, fields that are left out.
pub fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, Unreadable> {
    let mut writer = Writer::default();
    value.serialize(&mut writer)?;
    Ok(format!("{};{}", writer.names.0, writer.out))
}

#[derive(Default)]
struct Writer {
    out: String,
    names: Names,
}

impl Writer {
    /// All integers travel as signed ones of 64 bits.
    fn integer(&mut self, value: i64) {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value};");
    }

    fn count(&mut self, count: usize) -> Result<(), Unreadable> {
        self.integer(i64::try_from(count).map_err(|_| Unreadable)?);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_ascii_control() || matches!(c, ';' | '<' | '\\') {
                let _ = write!(self.out, "\\{:02x}", u32::from(c));
            } else {
                self.out.push(c);
            }
        }
        self.out.push(';');
    }

    fn variant(&mut self, index: u32, name: &str) {
        self.names.add(index, name);
        self.integer(i64::from(index));
    }
}

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The fields of a struct, counted for the sum of their names.
pub struct Fields<'a> {
    writer: &'a mut Writer,
    place: u32,
}

impl<'a> Fields<'a> {
    fn of(writer: &'a mut Writer) -> Self {
        Self { writer, place: 0 }
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Unreadable> {
        self.writer.names.add(self.place, name);
        self.place += 1;
        value.serialize(&mut *self.writer)
    }
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Unreadable;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), Unreadable> {
        self.out.push(if value { '1' } else { '0' });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Unreadable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unreadable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unreadable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unreadable> {
        self.integer(value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unreadable> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Unreadable> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unreadable> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unreadable> {
        self.serialize_i64(value.cast_signed())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unreadable> {
        self.serialize_f64(value.into())
    }

    /// By its bits: writing and reading decimal fractions would be downloaded, too.
    fn serialize_f64(self, value: f64) -> Result<(), Unreadable> {
        self.serialize_u64(value.to_bits())
    }

    fn serialize_char(self, value: char) -> Result<(), Unreadable> {
        self.serialize_u32(value.into())
    }

    fn serialize_str(self, value: &str) -> Result<(), Unreadable> {
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unreadable> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Unreadable> {
        self.serialize_bool(false)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unreadable> {
        self.serialize_bool(true)?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unreadable> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unreadable> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, name: &'static str) -> Result<(), Unreadable> {
        self.variant(index, name);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unreadable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unreadable> {
        self.variant(index, name);
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, Unreadable> {
        self.count(length.ok_or(Unreadable)?)?;
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unreadable> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Unreadable> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, index: u32, name: &'static str, _: usize) -> Result<Self, Unreadable> {
        self.variant(index, name);
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self, Unreadable> {
        self.serialize_seq(length)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Unreadable> {
        Ok(Fields::of(self))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Fields<'a>, Unreadable> {
        self.variant(index, name);
        Ok(Fields::of(self))
    }
}

impl SerializeSeq for &mut Writer {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unreadable> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}

impl SerializeTuple for &mut Writer {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unreadable> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}

impl SerializeTupleStruct for &mut Writer {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unreadable> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}

impl SerializeTupleVariant for &mut Writer {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unreadable> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}

impl SerializeMap for &mut Writer {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unreadable> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unreadable> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unreadable> {
        self.field(name, value)
    }

    fn skip_field(&mut self, _: &'static str) -> Result<(), Unreadable> {
        Err(Unreadable)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}

impl SerializeStructVariant for Fields<'_> {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unreadable> {
        self.field(name, value)
    }

    fn skip_field(&mut self, _: &'static str) -> Result<(), Unreadable> {
        Err(Unreadable)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}
