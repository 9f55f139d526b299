"""A case in the formats that the field reads: BIDS and DICOM, without what names a person.

::

    recorded         the recording of a case: stretches without a hole, digital values as recorded
    happenings       stimuli, marks and changes of state, placed in a stretch
    identity         pseudonyms, and what stands in place of dates
    bids             a dataset of one subject
    bids_documents   its tables and JSON files
    dicom            one EMG waveform object for each stretch
    dicom_modules    the modules of such an object
"""
